"""nginx with the configuration that the documentation offers, on ports of its own."""

import contextlib
import os
import re
import shutil
import signal
import ssl
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.certifying import certified
from tests.compose import ROOT
from tests.production_set import HOST
from tests.running import free_port
from tests.visiting import HttpsToLoopback, Visitor
from tms.local.lifeline import die_with_parent

NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") or ""
MAIN = """
{user}
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/main.log;
events {{}}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/laurel.conf;
}}
"""


def require_nginx() -> None:
    """Skip without one, and say so; with REQUIRE_NGINX=1 that is a failure."""
    if NGINX:
        return
    reason = "no proxy: nginx is missing (apt-get install nginx-light)"
    if os.environ.get("REQUIRE_NGINX") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@dataclass(frozen=True)
class Proxy:
    """A running nginx before two web services."""

    folder: Path
    port: int  # https
    plain_port: int

    def visitor(self, **headers: str) -> Visitor:
        """Somebody outside, who trusts the proxy's certificate."""
        trust = ssl.create_default_context(cafile=str(self.folder / "fullchain.pem"))
        port = self.port
        return Visitor(
            lambda: HttpsToLoopback(HOST, port, context=trust, timeout=90),
            {"Host": HOST, "Origin": f"https://{HOST}", **headers},
        )

    def replace(self, port: int, *command: str, site: Path | None = None) -> "subprocess.Popen[str]":
        """deploy/replace-web.sh, as the documentation has it typed; of another file where one is given."""
        environment = os.environ | {
            "NGINX_COMMAND": f"{NGINX} -c {self.folder}/nginx.conf -p {self.folder}",
            "NGINX_SITE": str(site or self.folder / "laurel.conf"),
            "NGINX_PID": str(self.folder / "nginx.pid"),
        }
        script = [str(ROOT / "deploy" / "replace-web.sh"), str(port), *command]
        return subprocess.Popen(
            script,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
        )

    @property
    def site(self) -> str:
        return (self.folder / "laurel.conf").read_text()

    @property
    def logged(self) -> str:
        return "".join((self.folder / name).read_text() for name in ("laurel.log", "laurel.error.log"))


@contextlib.contextmanager
def proxying(folder: Path, *, first: int, second: int) -> Iterator[Proxy]:
    """deploy/nginx.conf with the ports of two web services, ports of its own, and a certificate of its own."""
    proxy = Proxy(folder, free_port(), free_port())
    _make_certificate(folder)
    places = {
        r"127\.0\.0\.1:8000\b": f"127.0.0.1:{first}",
        r"127\.0\.0\.1:8001\b": f"127.0.0.1:{second}",
        r"listen \[::\]:\d+[^;]*;": "",
        r"listen 80;": f"listen 127.0.0.1:{proxy.plain_port};",
        r"listen 443 ": f"listen 127.0.0.1:{proxy.port} ",
        r"/etc/letsencrypt/live/training\.example\.org/": f"{folder}/",
        r"/var/log/nginx/": f"{folder}/",
        r"/var/cache/nginx-laurel": f"{folder}/cache",
    }
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    for pattern, place in places.items():
        text, count = re.subn(pattern, place, text)
        assert count, pattern
    (folder / "laurel.conf").write_text(text)
    (folder / "nginx.conf").write_text(MAIN.format(folder=folder, user="user root;" if os.getuid() == 0 else ""))
    process = subprocess.Popen(
        [NGINX, "-c", folder / "nginx.conf", "-p", folder],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - nothing but a system call
    )
    try:
        _wait_for(folder / "nginx.pid", process)
        yield proxy
    finally:
        process.terminate()
        process.wait(timeout=60)


def _wait_for(pid: Path, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while not pid.exists() or not pid.read_text().strip():
        assert process.poll() is None, (pid.parent / "main.log").read_text()
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _make_certificate(folder: Path) -> None:
    made = certified(HOST)
    (folder / "fullchain.pem").write_bytes(made.certificate)
    (folder / "privkey.pem").write_bytes(made.key)
