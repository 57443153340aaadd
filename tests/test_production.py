"""The product in its production set-up, for real: settings, static files, gunicorn, health checks."""

import json
import os
import re
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

from tests.production_set import copy_of_the_image
from tests.starting import start
from tms.production import DEVELOPMENT_ENCRYPTION_KEY, DEVELOPMENT_SECRET_KEY, REQUIRED

# One worker for the whole module: it collects the static files and starts gunicorn once.
pytestmark = pytest.mark.xdist_group("servers")

ROOT = Path(__file__).resolve().parent.parent
HOST = "training.example.org"


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment that compose gives to web, with throwaway keys."""
    folder = tmp_path_factory.mktemp("production")
    return {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "tms.settings",
        "PRODUCTION": "true",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "ALLOWED_HOSTS": HOST,
        "PUBLIC_URL": f"https://{HOST}",
        "DEFAULT_FROM_EMAIL": f"badges@{HOST}",
        "EMAIL_URL": "smtp://127.0.0.1:1",
        "DATABASE_URL": os.environ["DATABASE_URL"],
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "BEHIND_PROXY": "true",
        "PROXY_COUNT": "1",
        "STATIC_ROOT": str(folder / "static"),
        "MEDIA_ROOT": str(folder / "media"),
        "SECRET_KEY_FALLBACKS": "",
        "CSRF_TRUSTED_ORIGINS": "",
    }


def manage(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("value", [None, ""])
def test_production_does_not_start_without_what_it_needs_and_names_all_of_it(production, value):
    environment = {name: text for name, text in production.items() if name not in REQUIRED}
    if value is not None:
        environment |= dict.fromkeys(REQUIRED, value)

    done = manage(environment, "check")

    assert done.returncode == 1
    assert f"these variables have no value: {', '.join(REQUIRED)}." in done.stderr


def test_production_refuses_all_that_is_for_development_at_once_by_name(production):
    values = {
        "DEBUG": "true",
        "SECRET_KEY_FALLBACKS": f"x,{DEVELOPMENT_SECRET_KEY}",
        "ENCRYPTION_KEYS": f"{Fernet.generate_key().decode()},{DEVELOPMENT_ENCRYPTION_KEY}",
        "PUBLIC_URL": f"http://{HOST}",
        "DEFAULT_FROM_EMAIL": "Laurel <badges@localhost>",
        "EMAIL_URL": "consolemail://",
        "PROVIDER_TEST_HOSTS": "127.0.0.1:8001",
        "DEMO_ACCOUNTS": "true",
    }

    done = manage(production | values, "check")

    assert done.returncode == 1
    told = done.stderr.rpartition("PRODUCTION is on, and these values are not for production.")[2]
    assert re.findall(r"\b([A-Z_]+)(?: or [A-Z_]+)? (?:is|has|must) ", told) == [
        "DEBUG",
        "SECRET_KEY",
        "ENCRYPTION_KEYS",
        "PUBLIC_URL",
        "DEFAULT_FROM_EMAIL",
        "EMAIL_URL",
        "PROVIDER_TEST_HOSTS",
        "DEMO_ACCOUNTS",
    ]


def test_production_does_not_start_below_a_path(production):
    done = manage(production | {"PUBLIC_URL": f"https://{HOST}/tms"}, "check")

    assert done.returncode == 1
    assert f"The site cannot stand below a path. It is 'https://{HOST}/tms'." in done.stderr


def test_production_does_not_take_the_servers_of_a_make_run_beside_it(production, tmp_path):
    tree = copy_of_the_image(tmp_path / "tree")
    (tree / "var").mkdir()
    (tree / "var" / "local.env").write_text("DATABASE_URL=postgres:///demo\nREDIS_URL=redis://127.0.0.1:1/9\n")
    environment = {name: value for name, value in production.items() if name != "DATABASE_URL"}

    done = subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=tree, env=environment, capture_output=True, text=True, check=False
    )

    assert "these variables have no value: DATABASE_URL." in done.stderr


def test_production_passes_every_check_of_deployment(production):
    done = manage(production, "check", "--deploy", "--fail-level", "WARNING")

    # The two ask for subdomains and preload of HSTS, which bind sites that are not this one.
    assert (done.returncode, done.stdout) == (0, "System check identified no issues (2 silenced).\n"), done.stderr


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, "31536000 False False"),
        ({"SECURE_HSTS_SECONDS": "3600", "SECURE_HSTS_INCLUDE_SUBDOMAINS": "true"}, "3600 True False"),
        ({"SECURE_HSTS_INCLUDE_SUBDOMAINS": "true", "SECURE_HSTS_PRELOAD": "true"}, "31536000 True True"),
    ],
)
def test_hsts_reaches_other_sites_only_where_it_is_asked_to(production, values, expected):
    names = ("SECURE_HSTS_SECONDS", "SECURE_HSTS_INCLUDE_SUBDOMAINS", "SECURE_HSTS_PRELOAD")
    code = f"from django.conf import settings; print({', '.join(f'settings.{name}' for name in names)})"

    done = manage(production | values, "shell", "--no-imports", "--command", code)

    assert done.stdout.strip() == expected, done.stderr


@pytest.fixture(scope="module")
def collected(production: dict[str, str]) -> Path:
    """The static files as the image has them."""
    done = manage(production, "collectstatic", "--no-input", "--verbosity", "0")
    assert done.returncode == 0, done.stderr
    return Path(production["STATIC_ROOT"])


def test_mail_goes_to_the_server_that_the_environment_names(production):
    code = "from django.conf import settings; print(settings.MAILERS['default'])"
    environment = production | {"EMAIL_URL": "smtp+tls://fern:secret@mail.example.org:587"}

    done = manage(environment, "shell", "--no-imports", "--command", code)

    assert done.stdout == (
        "{'BACKEND': 'django.core.mail.backends.smtp.EmailBackend', 'OPTIONS': {'host': 'mail.example.org', 'port': 587, "
        "'username': 'fern', 'password': 'secret', 'use_tls': True, 'use_ssl': False, 'timeout': 10}}\n"
    ), done.stderr


def test_static_files_are_hashed_and_compressed(collected):
    paths: dict[str, str] = json.loads((collected / "staticfiles.json").read_text())["paths"]

    assert re.fullmatch(r"admin/css/base\.[0-9a-f]{12}\.css", paths["admin/css/base.css"])
    assert (collected / (paths["admin/css/base.css"] + ".gz")).is_file()


@pytest.fixture(scope="module")
def address(production: dict[str, str], collected: Path) -> Iterator[str]:
    """gunicorn with the configuration of the image, on a port of loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = production | {"BIND": f"127.0.0.1:{port}", "WEB_CONCURRENCY": "1", "WEB_THREADS": "2"}
    command = [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.py"]
    log = (collected.parent / "gunicorn.log").open("w+")
    process = start(command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        deadline = time.monotonic() + 300
        while not is_open(port):
            assert process.poll() is None, (collected.parent / "gunicorn.log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=300)
        log.close()


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follows no redirect."""

    def redirect_request(self, *_arguments: Any) -> None:
        return None


def get(url: str, **headers: str) -> tuple[int, dict[str, str], str]:
    """Status, headers in lower case, and text."""
    request = urllib.request.Request(url, headers={"Host": HOST, **headers})
    try:
        answer = urllib.request.build_opener(_Stay).open(request, timeout=120)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        found = {name.lower(): value for name, value in answer.headers.items()}
        return answer.status, found, answer.read().decode(errors="replace")


SECURE = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1"}


def test_gunicorn_serves_the_sign_in_page_with_hashed_files_that_keep_for_ever(address):
    status, headers, page = get(f"{address}/sign-in/", **SECURE)
    files = re.findall(r"""(?:href|src)="(/static/[^"]+\.(?:css|js))\"""", page)

    answers = [get(address + file, **SECURE) for file in files]

    assert (status, headers["strict-transport-security"], len(files) > 0) == (200, "max-age=31536000", True)
    assert {re.search(r"\.[0-9a-f]{12}\.", file) is not None for file in files} == {True}
    assert {(code, found["cache-control"]) for code, found, _text in answers} == {
        (200, "max-age=315360000, public, immutable")
    }


def test_pages_are_never_kept(address):
    _status, headers, _page = get(f"{address}/sign-in/", **SECURE)

    assert "no-store" in headers["cache-control"]


@pytest.mark.parametrize("path", ["/webhooks/6f1c1d3e-0000-4000-8000-000000000000/", "/password/set/MQ/"])
def test_the_secret_of_an_address_is_in_no_log(address, collected, path):
    get(f"{address}{path}a-canary-of-a-secret/", **SECURE)

    [line] = lines_about(collected, f"GET {path}")
    assert line["path"] == f"{path}..."
    assert "canary" not in (collected.parent / "gunicorn.log").read_text()


def lines_about(collected: Path, words: str) -> list[dict[str, Any]]:
    """The lines of the log that have the words; each is JSON. They are written after the answer."""
    log = collected.parent / "gunicorn.log"
    for _attempt in range(3000):
        if words in log.read_text():
            break
        time.sleep(0.1)
    return [json.loads(line) for line in log.read_text().splitlines() if words in line and line.startswith("{")]


def test_the_access_log_is_json_without_searches_and_without_whole_addresses(address, collected):
    path = "/sign-in/?next=/users/%3Fq=jane.doe@example.org"
    given = {"X-Request-ID": "a-request-of-the-tests", "X-Forwarded-For": "192.0.2.77"}

    _status, headers, _page = get(address + path, **SECURE | given)

    [line] = lines_about(collected, "a-request-of-the-tests")
    assert headers["x-request-id"] == "a-request-of-the-tests"
    assert isinstance(line.pop("milliseconds"), int)
    assert isinstance(line.pop("bytes"), int)
    assert line.pop("timestamp").endswith("Z")
    assert line.pop("event").startswith("GET /sign-in/ 200 ")
    assert line == {
        "level": "info",
        "logger": "gunicorn.access",
        "request_id": "a-request-of-the-tests",
        "address": "192.0.2.0/24",
        "view": "sign_in",
        "method": "GET",
        "path": "/sign-in/",
        "status": 200,
    }
    log = (collected.parent / "gunicorn.log").read_text()
    assert ("jane.doe" in log, "192.0.2.77" in log, "/sign-in/?" in log) == (False, False, False)


def test_a_broken_request_is_logged_without_its_search(address, collected):
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(b"GET /users/?q=jane.roe HTTP/1.1\r\nHost: x\r\nContent-Length: two\r\n\r\n")
        assert connection.recv(99).startswith(b"HTTP/1.1 400")

    assert "jane.roe" not in (collected.parent / "gunicorn.log").read_text()


def test_the_server_does_not_say_what_it_is(address):
    for path in ("/sign-in/", "/static/nowhere", "/health/alive/"):
        _status, headers, _page = get(address + path, **SECURE)

        assert ("server" in headers, headers["permissions-policy"][:16]) == (False, "accelerometer=()")


def test_cookies_are_for_https_only(address):
    _status, headers, _page = get(f"{address}/sign-in/", **SECURE)

    assert headers["set-cookie"].startswith("__Host-csrftoken=")
    assert "Secure" in headers["set-cookie"]


def test_every_cookie_belongs_to_this_host_alone(production):
    names = "SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "DEVICE_COOKIE_NAME", "BRAND_COOKIE_NAME"
    words = f"from tms import settings; print(*(getattr(settings, name) for name in {names}))"

    told = subprocess.run(
        [sys.executable, "-c", words], cwd=ROOT, env=production, capture_output=True, text=True, check=True
    )

    assert told.stdout.split() == ["__Host-sessionid", "__Host-csrftoken", "__Host-device", "__Host-brand"]


def test_http_is_sent_to_https(address):
    status, headers, _page = get(f"{address}/sign-in/")

    assert (status, headers["location"]) == (301, f"https://{HOST}/sign-in/")


def test_another_host_is_refused(address):
    status, _headers, page = get(f"{address}/sign-in/", **SECURE | {"Host": "evil.example"})

    assert (status, "Traceback" in page) == (400, False)


def test_health_tells_what_does_not_answer(address):
    status, _headers, text = get(f"{address}/health/")

    facts = json.loads(text)
    broken = [name for name, check in facts["checks"].items() if not check["ok"]]
    # The database has no tables yet.
    assert (status, facts["ok"], broken) == (503, False, [name for name in facts["checks"] if name != "database"])


def health_check(production: dict[str, str], name: str, **more: str) -> int:
    command = [sys.executable, "deploy/healthcheck.py", name]
    return subprocess.run(command, cwd=ROOT, env=production | more, capture_output=True, check=False).returncode


def test_the_health_check_of_web(production, address):
    bind = address.removeprefix("http://")

    assert health_check(production, "web", BIND=bind) == 0
    assert health_check(production, "web", BIND="127.0.0.1:1") == 1


@pytest.mark.parametrize(("age", "code"), [(0, 0), (590, 0), (610, 1)])
def test_the_health_check_of_beat(production, tmp_path, age, code):
    schedule = tmp_path / "celerybeat-schedule"
    schedule.touch()
    os.utime(schedule, (time.time() - age,) * 2)

    assert health_check(production, "beat", BEAT_SCHEDULE=str(schedule)) == code


def test_a_beat_that_never_wrote_is_ill(production, tmp_path):
    assert health_check(production, "beat", BEAT_SCHEDULE=str(tmp_path / "celerybeat-schedule")) == 1
