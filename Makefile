# Everything a developer or an operator types. `make` alone prints this list.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8080

.DEFAULT_GOAL := help
.PHONY: help demo play test check fmt bench chaos goldens migration lock screenshots release-form clean

help: ## Print this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | while IFS=$$'\t' read -r name text; do printf '  make %-13s %s\n' "$$name" "$$text"; done

demo: $(VENV)/.runtime ## Serve the web chat with sample data on http://127.0.0.1:8080/ (PORT=9000, RESET=1)
	@exec $(BIN)/xuntong demo --port $(PORT) $(if $(RESET),--reset)

play: $(VENV)/.runtime ## Talk to the service from a terminal, as a follower of the Official Account (RESET=1)
	@exec $(BIN)/python -m tests.play.terminal $(if $(RESET),--reset)

test: $(VENV)/.test ## Run the whole suite, on SQLite and on a real PostgreSQL
	@$(BIN)/python -m pytest -q -n 2 --dist worksteal $(ARGS)

check: $(VENV)/.test ## Lint, types, import contracts, spelling
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/codespell

fmt: $(VENV)/.test ## Format, and fix what can be fixed
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

RECIPIENTS ?= 20000
bench: $(VENV)/.test ## Measure pushes beside a bare client (RECIPIENTS=20000), then a dialogue step beside WeRoBot; the last line is its ratio
	@$(BIN)/python -m benchmarks.outbound $(RECIPIENTS)
	@$(BIN)/python -m benchmarks.run $(ARGS)

chaos: $(VENV)/.test ## Let every fault happen for long, with printed seeds (an hour; ARGS='-k f04')
	@$(BIN)/python -m pytest -q -m chaos -p no:randomly -s --timeout 3600 tests/chaos tests/faults $(ARGS)

goldens: $(VENV)/.test ## Rewrite the golden dialogues and show what changed
	@$(BIN)/python -m pytest -q --update-goldens tests/goldens tests/conversations || true
	@git --no-pager diff --stat -- tests/goldens

screenshots: $(VENV)/.test ## Take the pictures of docs/images anew, by the browser test
	@$(BIN)/python -m pytest -q --update-screenshots tests/browser/test_journey.py tests/browser/test_board.py

migration: $(VENV)/.test ## Write a migration for what changed in storage/tables: make migration NAME="add x"
	@test -n "$(NAME)" || { echo 'say what changes: make migration NAME="add x"'; exit 2; }
	@$(BIN)/python -m storage.migrate "$(NAME)"

release-form: $(VENV)/.test ## Lock a new form version by its hash: make release-form FORM=application VERSION=2
	@test -n "$(FORM)" -a -n "$(VERSION)" || { echo 'say which: make release-form FORM=application VERSION=2'; exit 2; }
	@$(BIN)/python -m conversations.forms.release "$(FORM)" "$(VERSION)"

LOCK := $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate --quiet --upgrade pyproject.toml
lock: $(VENV)/.test ## Pin all dependencies anew, with hashes
	@$(LOCK) --extra build -o requirements.lock
	@$(LOCK) --extra build --extra test --extra bench -o requirements-test.lock

clean: ## Remove the virtual environment and caches; data under var/ stay
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache build *.egg-info

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	  || { echo 'Python 3.11 or newer is needed: apt-get install python3, or PYTHON=/path/to/python3 make …' >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null \
	  || { echo 'Python has no venv module: apt-get install python3-venv' >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.runtime: requirements.lock pyproject.toml | $(VENV)/.python
	@echo 'installing the pinned dependencies …'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.test: requirements-test.lock pyproject.toml | $(VENV)/.python
	@echo 'installing the pinned dependencies and the test tools …'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-test.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(VENV)/.runtime $@
