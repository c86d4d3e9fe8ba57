"""``xuntong``, and ``python -m bot``."""

from __future__ import annotations

import sys

from conversations.errors import DefinitionError


def main() -> None:
    """Run the command line and leave with its exit status."""
    try:
        # Packaged definitions are read when their modules are.
        from bot.cli import run  # noqa: PLC0415 -- so that a wrong one is told in one line
    except DefinitionError as error:
        sys.exit(f"xuntong: {error}")
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
