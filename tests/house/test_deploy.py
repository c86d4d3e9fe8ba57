"""The examples in ``deploy/`` are what systemd and nginx take, and name what exists."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bot.clock import SystemClock
from bot.settings import read_settings
from tests.house import tree

UNITS = tree.ROOT / "deploy" / "systemd"
INSTALLED = "/opt/xuntong/.venv/bin/xuntong"


def tool(name: str) -> str:
    """The path of a program that may not be there; in CI it has to be."""
    found = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")
    if found is None:
        why = f"{name} is not installed: apt install {name}"
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)
    return found


def run(*command: str) -> tuple[int, str]:
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stdout + done.stderr


# ---- systemd ----


def installed_units(folder: Path) -> list[Path]:
    """The units as they would lie on a machine where the command exists."""
    program = shutil.which("true")
    assert program is not None
    made = []
    for unit in sorted(UNITS.iterdir()):
        text = unit.read_text().replace(INSTALLED, program)
        text = text.replace("/opt/xuntong", str(folder))
        name = unit.name.replace("@.", "@8081.")
        made.append(folder / name)
        made[-1].write_text(text)
    return made


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    analyze = tool("systemd-analyze")
    for unit in installed_units(tmp_path):
        assert run(analyze, "verify", "--man=no", str(unit)) == (0, ""), unit.name


def test_systemd_would_refuse_a_broken_unit(tmp_path: Path) -> None:
    analyze = tool("systemd-analyze")
    broken = tmp_path / "broken.service"
    broken.write_text("[Service]\nExecStart=/nowhere/xuntong serve\n")
    code, said = run(analyze, "verify", "--man=no", str(broken))
    assert code != 0
    assert "/nowhere/xuntong" in said


@pytest.mark.parametrize("role", ["web", "worker"])
def test_each_unit_runs_a_role_of_the_command(role: str) -> None:
    text = (UNITS / f"xuntong-{role}@.service").read_text()
    assert re.findall(r"^ExecStart=(.*)$", text, re.MULTILINE) == [
        f"{INSTALLED} serve --role {role}"
    ]
    help_text = run(sys.executable, "-m", "bot", "serve", "--help")[1]
    assert re.search(rf"\b{role}\b", help_text)


def test_the_two_units_differ_in_their_role_only() -> None:
    web, worker = (
        (UNITS / f"xuntong-{role}@.service").read_text().partition("[Service]")[2]
        for role in ("web", "worker")
    )
    assert web.replace("--role web", "--role worker") == worker


# ---- the environment file ----


def test_the_example_environment_holds_settings_that_exist(tmp_path: Path) -> None:
    lines = (tree.ROOT / "deploy" / "xuntong.env.example").read_text().splitlines()
    named = dict(line.split("=", 1) for line in lines if line and line[0] != "#")
    filled = {
        "XUNTONG_SECRET_KEYS": "a-key",
        "XUNTONG_OFFICIAL_ACCOUNT__APP_ID": "wx0",
        "XUNTONG_OFFICIAL_ACCOUNT__APP_SECRET": "secret",
        "XUNTONG_OFFICIAL_ACCOUNT__TOKEN": "token",
        "XUNTONG_OFFICIAL_ACCOUNT__ENCODING_AES_KEY": "a" * 42 + "A",
    }
    settings = read_settings({**named, **filled}, tmp_path)
    assert settings.database_url.startswith("postgresql+asyncpg://")
    assert settings.public_url.startswith("https://")


# ---- nginx ----


def test_nginx_takes_the_example(tmp_path: Path) -> None:
    assert nginx_says(tmp_path, example(tmp_path))[0] == 0


def test_nginx_would_refuse_a_broken_example(tmp_path: Path) -> None:
    broken = example(tmp_path).replace("proxy_pass http://xuntong_web;", "proxy_pas;")
    code, said = nginx_says(tmp_path, broken)
    assert code != 0
    assert "proxy_pas" in said


def example(folder: Path) -> str:
    """The example with its files in a folder of ours, and no fixed ports."""
    text = (tree.ROOT / "deploy" / "nginx" / "xuntong.conf").read_text()
    text = text.replace("/etc/xuntong/tls", str(folder))
    text = text.replace("/var/log/nginx", str(folder))
    for port, other in (("80", "18080"), ("443", "18443")):
        text = re.sub(rf"listen (\[::\]:|){port}\b", rf"listen \g<1>{other}", text)
    return text


def nginx_says(folder: Path, site: str) -> tuple[int, str]:
    nginx = tool("nginx")
    certificate(folder)
    (folder / "site.conf").write_text(site)
    main = folder / "nginx.conf"
    main.write_text(
        f"pid {folder}/nginx.pid;\nerror_log {folder}/error.log;\n"
        f"events {{}}\nhttp {{\n  client_body_temp_path {folder}/body;\n"
        f"  proxy_temp_path {folder}/proxy;\n  fastcgi_temp_path {folder}/fastcgi;\n"
        f"  uwsgi_temp_path {folder}/uwsgi;\n  scgi_temp_path {folder}/scgi;\n"
        f"  include {folder}/site.conf;\n}}\n"
    )
    return run(nginx, "-t", "-p", str(folder), "-c", str(main))


def certificate(folder: Path) -> None:
    """A certificate of nobody, so that nginx finds one."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "xuntong.example.org")])
    now = SystemClock().now()
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "fullchain.pem").write_bytes(signed.public_bytes(pem))
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(
            pem,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
