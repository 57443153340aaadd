"""The image and the compose file as far as they can be judged without an engine, and the production set-up for real."""

import fnmatch
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
import yaml
from cryptography.fernet import Fernet
from django.core.management import get_commands

from tms.celery import app

# One worker for the whole module: it collects the static files and starts gunicorn once.
pytestmark = pytest.mark.xdist_group("deployment")

ROOT = Path(__file__).resolve().parent.parent
COMPOSE_TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(COMPOSE_TEXT)
SERVICES: dict[str, Any] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
GUIDE = (ROOT / "docs" / "deployment.md").read_text()
OURS = ["web", "worker", "beat", "migrate"]
HOST = "training.example.org"


def words(service: str) -> list[str]:
    return list(SERVICES[service]["command"])


def instructions(name: str) -> list[str]:
    return re.findall(rf"^{name} (.+)$", DOCKERFILE, flags=re.MULTILINE)


# The compose file


def test_the_services():
    assert sorted(SERVICES) == ["beat", "broker", "database", "migrate", "web", "worker"]


def test_exactly_one_beat():
    assert [name for name in OURS if "beat" in words(name)] == ["beat"]
    assert SERVICES["beat"]["deploy"] == {"replicas": 1}


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"migrate"}))
def test_every_lasting_service_has_a_health_check_and_is_restarted(name):
    assert SERVICES[name]["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
    assert SERVICES[name]["restart"] == "unless-stopped"


def test_the_migration_runs_once():
    assert SERVICES["migrate"]["restart"] == "no"
    assert SERVICES["migrate"]["depends_on"] == {"database": {"condition": "service_healthy"}}


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_the_product_waits_for_its_tables(name):
    assert SERVICES[name]["depends_on"] == {
        "migrate": {"condition": "service_completed_successfully"},
        "database": {"condition": "service_healthy"},
        "broker": {"condition": "service_healthy"},
    }


@pytest.mark.parametrize("name", OURS)
def test_the_product_runs_with_as_few_rights_as_it_can(name):
    service = SERVICES[name]

    assert (service["read_only"], service["cap_drop"], service["security_opt"]) == (
        True,
        ["ALL"],
        ["no-new-privileges:true"],
    )


def test_the_database_and_the_pictures_outlive_their_containers():
    assert sorted(COMPOSE["volumes"]) == ["database", "media"]
    assert SERVICES["database"]["volumes"] == ["database:/var/lib/postgresql"]
    assert [SERVICES[name]["volumes"] for name in OURS] == [["media:/data/media"]] * 4


def test_database_and_broker_are_reached_from_inside_only():
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    assert [SERVICES[name]["networks"] for name in ("database", "broker")] == [["inside"], ["inside"]]
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["web"]


def test_every_named_volume_and_network_exists():
    volumes = {mount.split(":")[0] for service in SERVICES.values() for mount in service.get("volumes", [])}
    networks = {network for service in SERVICES.values() for network in service["networks"]}

    assert (volumes, networks) == (set(COMPOSE["volumes"]), set(COMPOSE["networks"]))


def test_images_are_pinned_and_name_no_registry():
    images = [service["image"] for service in SERVICES.values() if "build" not in service]
    bases = [line.split()[0] for line in instructions("FROM")]

    assert sorted(images) == ["postgres:18", "redis:8"]
    assert bases == ["python:3.13-slim", "python:3.13-slim"]


def test_secrets_come_from_the_environment_and_are_demanded():
    demanded = set(re.findall(r"\$\{([A-Z_]+):\?", COMPOSE_TEXT))

    assert demanded == {"SECRET_KEY", "ENCRYPTION_KEYS", "ALLOWED_HOSTS", "POSTGRES_PASSWORD"}


@pytest.mark.parametrize("text", [COMPOSE_TEXT, DOCKERFILE], ids=["compose", "Dockerfile"])
def test_no_secret_is_written_down(text):
    values = re.findall(r"(?:PASSWORD|SECRET_KEY|ENCRYPTION_KEYS|TOKEN)\w*(?:: |=)(\S+)", text)

    assert [value for value in values if not value.startswith(("$", '"$'))] == []


def test_every_variable_is_explained():
    in_compose = set(re.findall(r"\$\{([A-Z_]+)", COMPOSE_TEXT))
    in_code = {
        name
        for path in [ROOT / "tms" / "settings.py", *(ROOT / "deploy").glob("*.py")]
        for name in re.findall(
            r"""(?:env\.\w+|required_in_production|environ\.get)\(\s*"([A-Z_]+)\"""", path.read_text()
        )
    }

    explained = set(re.findall(r"`([A-Z_]+)`", GUIDE))

    assert {"DATABASE_URL", "WEB_CONCURRENCY"} <= in_code | in_compose
    assert (in_compose | in_code) - explained == set()


def test_every_explained_variable_exists():
    table = GUIDE[GUIDE.index("## Variables") : GUIDE.index("## Is it well?")]
    explained = {name for row in table.splitlines() for name in re.findall(r"`([A-Z_]+)`", row.partition(" | ")[0])}
    sources = [ROOT / "docker-compose.yml", ROOT / "tms" / "settings.py", *(ROOT / "deploy").glob("*.py")]
    text = "".join(path.read_text() for path in sources)

    assert [name for name in sorted(explained) if not re.search(rf"\b{name}\b", text)] == []


def test_commands_name_what_exists():
    assert words("web") == ["gunicorn", "--config", "deploy/gunicorn.py"]
    assert (ROOT / "deploy" / "gunicorn.py").is_file()
    assert [words(name)[:3] for name in ("worker", "beat")] == [
        ["celery", "--app=tms", "worker"],
        ["celery", "--app=tms", "beat"],
    ]
    assert words("migrate")[:2] == ["python", "manage.py"]
    assert {"migrate", "create_administrator"} <= set(get_commands())


def test_every_management_command_of_the_guide_exists():
    named = set(re.findall(r"manage\.py (\w+)", GUIDE))

    assert named - set(get_commands()) == set()


def test_beat_asks_for_tasks_that_exist():
    app.loader.import_default_modules()

    scheduled = {entry["task"] for entry in app.conf.beat_schedule.values()}

    assert scheduled - set(app.tasks) == set()


def test_health_checks_of_our_own_exist():
    checks = [SERVICES[name]["healthcheck"]["test"] for name in ("web", "beat")]

    assert checks == [["CMD", "python", "deploy/healthcheck.py", name] for name in ("web", "beat")]
    assert (ROOT / "deploy" / "healthcheck.py").is_file()


# The Dockerfile


def test_the_image_has_two_stages_and_only_the_second_is_kept():
    assert [line.partition(" AS ")[2] for line in instructions("FROM")] == ["build", ""]


def test_the_image_does_not_run_as_root():
    assert instructions("USER") == ["10001:10001"]
    assert DOCKERFILE.index("USER 10001") > DOCKERFILE.rindex("RUN ")


def test_requirements_are_installed_by_their_hashes():
    assert "pip install --no-compile --require-hashes -r requirements/run.txt" in DOCKERFILE
    assert "--hash=sha256:" in (ROOT / "requirements" / "run.txt").read_text()


def test_the_image_starts_as_compose_starts_it():
    assert [json.loads(command) for command in instructions("CMD")] == [words("web")]


def ignored(path: str) -> bool:
    """As .dockerignore says: the last line that matches decides, for a path or for a folder above it."""
    verdict = False
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        pattern = line.removeprefix("!").replace("**/", "*")
        parts = Path(path).parts
        if any(fnmatch.fnmatch("/".join(parts[:n]), pattern) for n in range(1, len(parts) + 1)):
            verdict = not line.startswith("!")
    return verdict


@pytest.mark.parametrize(
    "path",
    [
        "manage.py",
        "requirements/run.txt",
        "tms/settings.py",
        "badges/issuing.py",
        "courses/models.py",
        "classes/models.py",
        "achievements/models.py",
        "templates/base.html",
        "static",
        "deploy/gunicorn.py",
    ],
)
def test_what_the_product_needs_enters_the_image(path):
    assert (ROOT / path).exists()
    assert ignored(path) is False


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        ".git/config",
        ".venv/bin/python",
        "var/local.env",
        "tests/conftest.py",
        "media/x.png",
        "tms/local/broker.py",
    ],
)
def test_what_is_none_of_its_business_stays_out_of_the_image(path):
    assert ignored(path) is True


def test_what_is_copied_exists():
    sources = [line.split()[0] for line in instructions("COPY") if not line.startswith("--from")]

    assert sources == ["requirements/run.txt", "."]
    assert (ROOT / "requirements" / "run.txt").is_file()


# The production set-up, for real


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


@pytest.mark.parametrize("name", ["SECRET_KEY", "ALLOWED_HOSTS", "ENCRYPTION_KEYS"])
@pytest.mark.parametrize("value", [None, ""])
def test_production_does_not_start_without(production, name, value):
    environment = {key: text for key, text in production.items() if key != name}
    if value is not None:
        environment[name] = value

    done = manage(environment, "check")

    assert done.returncode == 1
    assert f"{name} must be set when PRODUCTION is on." in done.stderr


def test_production_passes_every_check_of_deployment(production):
    done = manage(production, "check", "--deploy", "--fail-level", "WARNING")

    assert (done.returncode, done.stdout) == (0, "System check identified no issues (0 silenced).\n"), done.stderr


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
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        for _attempt in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert process.poll() is None, (collected.parent / "gunicorn.log").read_text()
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=40)
        log.close()


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follows no redirect."""

    def redirect_request(self, *_arguments: Any) -> None:
        return None


def get(url: str, **headers: str) -> tuple[int, dict[str, str], str]:
    """Status, headers in lower case, and text."""
    request = urllib.request.Request(url, headers={"Host": HOST, **headers})
    try:
        answer = urllib.request.build_opener(_Stay).open(request, timeout=20)
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

    assert (status, headers["strict-transport-security"][:17], len(files) > 0) == (200, "max-age=31536000;", True)
    assert {re.search(r"\.[0-9a-f]{12}\.", file) is not None for file in files} == {True}
    assert {(code, found["cache-control"]) for code, found, _text in answers} == {
        (200, "max-age=315360000, public, immutable")
    }


def test_pages_are_never_kept(address):
    _status, headers, _page = get(f"{address}/sign-in/", **SECURE)

    assert "no-store" in headers["cache-control"]


def test_cookies_are_for_https_only(address):
    _status, headers, _page = get(f"{address}/sign-in/", **SECURE)

    assert headers["set-cookie"].startswith("__Host-csrftoken=")
    assert "Secure" in headers["set-cookie"]


def test_http_is_sent_to_https(address):
    status, headers, _page = get(f"{address}/sign-in/")

    assert (status, headers["location"]) == (301, f"https://{HOST}/sign-in/")


def test_another_host_is_refused(address):
    status, _headers, page = get(f"{address}/sign-in/", **SECURE | {"Host": "evil.example"})

    assert (status, "Traceback" in page) == (400, False)


def test_health_tells_what_does_not_answer(address):
    status, _headers, text = get(f"{address}/health/")

    assert (status, json.loads(text)) == (503, {"database": "ok", "broker": "unreachable"})


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
