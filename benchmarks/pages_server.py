"""The product in its production set-up, with the demo in it, behind TLS with a certificate of its own."""

import base64
import contextlib
import hashlib
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
from cryptography.fernet import Fernet

from benchmarks.oulad import database
from tests.certifying import certified
from tests.running import ROOT, free_port
from tests.starting import start
from tms.local import broker

PATIENCE = 300  # seconds, for gunicorn to listen
_TELLS_THE_PASSWORD = "from tms.demo.people import PASSWORD; print(PASSWORD)"
_ROSTER = """
SELECT klass_id FROM classes_enrollment
JOIN classes_class_instructors ON class_id = klass_id
JOIN organizations_user ON organizations_user.id = classes_class_instructors.user_id
WHERE username = 'instructor' GROUP BY klass_id ORDER BY count(*) DESC, klass_id LIMIT 1
"""


@dataclass(frozen=True)
class Site:
    """A running site: its address, the largest roster of the demo's instructor, everybody's password, and the hash of
    its public key.
    """

    address: str
    roster: str
    password: str
    key_hash: str


@contextlib.contextmanager
def serving_the_demo() -> Iterator[Site]:
    """Everything is gone at the end."""
    with tempfile.TemporaryDirectory() as name, database() as url, broker.throwaway() as running:
        folder = Path(name)
        shared = _shared(folder, url, running.url)
        for command in (["migrate", "--verbosity", "0"], ["load_demo"]):
            _manage({**shared, "DEBUG": "false"}, *command)
        password = _manage(shared, "shell", "--no-imports", "--command", _TELLS_THE_PASSWORD).strip()
        key_hash = _make_certificate(folder)
        production = shared | _production()
        _manage(production, "collectstatic", "--no-input", "--verbosity", "0")
        with psycopg.connect(url.replace(":@/", "@/")) as session:
            (roster,) = session.execute(_ROSTER).fetchone() or (0,)
        with _gunicorn(production, folder) as address:
            yield Site(address, f"/classes/{roster}/roster/", password, key_hash)


def _shared(folder: Path, database_url: str, redis_url: str) -> dict[str, str]:
    """What the demo is loaded with, and served with."""
    return {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "tms.settings",
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "MEDIA_ROOT": str(folder / "media"),
        "STATIC_ROOT": str(folder / "static"),
        "SECRET_KEY": secrets.token_urlsafe(50),
        "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
    }


def _production() -> dict[str, str]:
    return {
        "PRODUCTION": "true",
        "ALLOWED_HOSTS": "127.0.0.1",
        "PUBLIC_URL": "https://127.0.0.1",
        "DEFAULT_FROM_EMAIL": "badges@training.example.org",
        "EMAIL_URL": "smtp://127.0.0.1:1",
    }


def _manage(environment: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout


@contextlib.contextmanager
def _gunicorn(environment: dict[str, str], folder: Path) -> Iterator[str]:
    """With the numbers of the image; its address."""
    port = free_port()
    keys = ["--certfile", str(folder / "certificate.pem"), "--keyfile", str(folder / "key.pem")]
    command = [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.py", *keys]
    with (folder / "gunicorn.log").open("w") as log:
        process = start(command, cwd=ROOT, env=environment | {"BIND": f"127.0.0.1:{port}"}, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + PATIENCE
        while not _is_open(port):
            assert process.poll() is None, (folder / "gunicorn.log").read_text()
            assert time.monotonic() < deadline, (folder / "gunicorn.log").read_text()
            time.sleep(0.1)
        yield f"https://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _make_certificate(folder: Path) -> str:
    """The hash of its public key, by which a browser can be told to trust it: one that it does not, it keeps nothing of."""
    made = certified("127.0.0.1")
    (folder / "certificate.pem").write_bytes(made.certificate)
    (folder / "key.pem").write_bytes(made.key)
    return base64.b64encode(hashlib.sha256(made.public_key).digest()).decode()
