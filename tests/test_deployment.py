"""The image and the compose file, as far as they can be judged without an engine."""

import fnmatch
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import get_commands

from tms.celery import app

ROOT = Path(__file__).resolve().parent.parent
COMPOSE_TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(COMPOSE_TEXT)
SERVICES: dict[str, Any] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
GUIDE = (ROOT / "docs" / "deployment.md").read_text()
OURS = ["web", "worker", "delivery", "beat", "migrate"]


def words(service: str) -> list[str]:
    return list(SERVICES[service]["command"])


def instructions(name: str) -> list[str]:
    return re.findall(rf"^{name} (.+)$", DOCKERFILE, flags=re.MULTILINE)


# The compose file


def test_the_services():
    assert sorted(SERVICES) == ["beat", "broker", "database", "delivery", "migrate", "web", "worker"]


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


@pytest.mark.parametrize("name", ["web", "worker", "delivery", "beat"])
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
    assert [SERVICES[name]["volumes"] for name in OURS] == [["media:/data/media"]] * len(OURS)


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

    assert demanded == {
        "SECRET_KEY",
        "ENCRYPTION_KEYS",
        "ALLOWED_HOSTS",
        "PUBLIC_URL",
        "DEFAULT_FROM_EMAIL",
        "POSTGRES_PASSWORD",
    }


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
    assert [words(name)[:3] for name in ("worker", "delivery", "beat")] == [
        ["celery", "--app=tms", "worker"],
        ["celery", "--app=tms", "worker"],
        ["celery", "--app=tms", "beat"],
    ]
    assert words("migrate")[:2] == ["python", "manage.py"]
    assert {"migrate", "create_administrator"} <= set(get_commands())


def test_every_queue_has_a_worker():
    routed = {route["queue"] for route in app.conf.task_routes.values()}

    served = {word.removeprefix("--queues=") for name in OURS for word in words(name) if "--queues=" in word}

    assert served == routed | {app.conf.task_default_queue}


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
        "courses/records.py",
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
