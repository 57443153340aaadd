"""The image and the compose file, as far as they can be judged without an engine."""

import fnmatch
import json
import re
import shlex
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from django.core.management import get_commands

from tests import compose
from tests.compose import filled_in
from tests.production_set import make_database
from tests.starting import start
from tms.celery import app
from tms.local import broker, postgres

ROOT = Path(__file__).resolve().parent.parent
COMPOSE_TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(COMPOSE_TEXT)
SERVICES: dict[str, Any] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
GUIDE = (ROOT / "docs" / "deployment.md").read_text()
OURS = ["web", "second-web", "worker", "delivery", "beat", "migrate"]
LASTING = [name for name in OURS if name != "migrate"]


def words(service: str) -> list[str]:
    return list(SERVICES[service]["command"])


def instructions(name: str) -> list[str]:
    return re.findall(rf"^{name} (.+)$", DOCKERFILE, flags=re.MULTILINE)


# The compose file


def test_the_services():
    assert sorted(SERVICES) == ["beat", "broker", "database", "delivery", "migrate", "second-web", "web", "worker"]


def test_exactly_one_beat():
    assert [name for name in OURS if "beat" in words(name)] == ["beat"]
    assert SERVICES["beat"]["deploy"] == {"replicas": 1}


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"migrate"}))
def test_every_lasting_service_has_a_health_check_and_is_restarted(name):
    assert SERVICES[name]["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
    assert SERVICES[name]["restart"] == "unless-stopped"


def test_the_migration_runs_once():
    assert SERVICES["migrate"]["restart"] == "no"
    assert SERVICES["migrate"]["depends_on"] == {"database": {"condition": "service_healthy", "required": False}}


@pytest.mark.parametrize("name", LASTING)
def test_the_product_waits_for_its_tables(name):
    assert SERVICES[name]["depends_on"] == {
        "migrate": {"condition": "service_completed_successfully"},
        "database": {"condition": "service_healthy", "required": False},
        "broker": {"condition": "service_healthy", "required": False},
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
    assert SERVICES["database"]["volumes"][-1] == "database:/var/lib/postgresql"
    assert [SERVICES[name]["volumes"] for name in OURS] == [["media:/data/media"]] * len(OURS)


def test_database_and_broker_are_reached_from_inside_only():
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    assert [SERVICES[name]["networks"] for name in ("database", "broker")] == [["inside"], ["inside"]]
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["web", "second-web"]


def test_every_named_volume_and_network_exists():
    mounts = [mount.split(":")[0] for service in SERVICES.values() for mount in service.get("volumes", [])]
    files = [ROOT / mount for mount in mounts if mount.startswith("./")]
    volumes = {mount for mount in mounts if not mount.startswith("./")}
    networks = {network for service in SERVICES.values() for network in service["networks"]}

    assert (volumes, networks) == (set(COMPOSE["volumes"]), set(COMPOSE["networks"]))
    assert [file for file in files if not file.is_file()] == []


def test_images_are_pinned_name_no_registry_and_may_be_named_by_digest():
    images = sorted({service["image"] for service in SERVICES.values() if service["image"] != "laurel"})
    bases = [line.split()[0] for line in instructions("FROM")]

    assert images == ["${POSTGRES_IMAGE:-postgres:18-trixie}", "${REDIS_IMAGE:-redis:8.2-bookworm}"]
    assert (bases, instructions("ARG")) == (["${PYTHON_IMAGE}"] * 2, ["PYTHON_IMAGE=python:3.13-slim-trixie"])
    assert SERVICES["web"]["build"]["args"] == {"PYTHON_IMAGE": "${PYTHON_IMAGE:-python:3.13-slim-trixie}"}


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_no_service_takes_the_whole_machine(name):
    found = compose.service(name, filled_in())

    assert re.fullmatch(r"\d+[mg]", found["mem_limit"])
    assert name == "migrate" or float(found["cpus"]) <= 2


def test_secrets_come_from_the_environment_and_are_demanded():
    demanded = set(re.findall(r"\$\{([A-Z_]+):?\?", COMPOSE_TEXT))

    assert demanded == {
        "SECRET_KEY",
        "ENCRYPTION_KEYS",
        "ALLOWED_HOSTS",
        "PUBLIC_URL",
        "DEFAULT_FROM_EMAIL",
        "EMAIL_URL",
        "COMPOSE_PROFILES",
        "POSTGRES_PASSWORD",
        "BROKER_PASSWORD",
    }


# The role of the database, and the password of the broker


def test_the_database_is_made_for_a_role_that_is_no_superuser():
    with postgres.throwaway() as server:
        make_database(server)
        with psycopg.connect(host=str(server.scratch), user="postgres", dbname="postgres") as session:
            roles = session.execute(
                "SELECT rolname, rolsuper, rolcreaterole, rolcreatedb, rolpassword IS NOT NULL"
                " FROM pg_authid WHERE rolcanlogin ORDER BY 1"
            ).fetchall()
            owners = session.execute(
                "SELECT datname, pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'laurel'"
            ).fetchall()

    assert roles == [("laurel", False, False, False, True), ("postgres", True, True, True, False)]
    assert owners == [("laurel", "laurel")]


def test_the_broker_answers_only_whoever_knows_the_password(tmp_path):
    """The command of the file, with a folder of ours for its /data, and a server that listens on a socket there."""
    found = compose.service("broker", filled_in() | {"BROKER_PASSWORD": "quince1"})
    words = [word.replace("/data/", f"{tmp_path}/") for word in found["command"]]
    listening = f"--port 0 --unixsocket {tmp_path}/broker.sock"
    program = tmp_path / "redis-server"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(str(broker.find_server()))} "$@" {listening}\n')
    program.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", **found["environment"]}

    process = start(words, env=environment, stdout=subprocess.DEVNULL)
    try:
        answers = [ask(tmp_path / "broker.sock", line) for line in ("PING", "AUTH wrong", "AUTH quince1")]
        arguments = Path(f"/proc/{process.pid}/cmdline").read_text()
    finally:
        process.terminate()
        process.wait(timeout=30)

    assert [answer.split()[0] for answer in answers] == ["-NOAUTH", "-WRONGPASS", "+OK"]
    assert ("redis-server" in arguments or "valkey-server" in arguments, "quince1" in arguments) == (True, False)


def ask(path: Path, line: str) -> str:
    deadline = time.monotonic() + 60
    while True:
        with socket.socket(socket.AF_UNIX) as connection:
            try:
                connection.connect(str(path))
            except OSError:
                assert time.monotonic() < deadline
                time.sleep(0.05)
                continue
            connection.sendall(f"{line}\r\n".encode())
            return connection.recv(200).decode()


def test_the_broker_does_not_start_without_a_password(tmp_path):
    words = [word.replace("/data/", f"{tmp_path}/") for word in compose.service("broker", {})["command"]]

    done = subprocess.run(words, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (1, "BROKER_PASSWORD is not set.\n")


@pytest.mark.parametrize("text", [COMPOSE_TEXT, DOCKERFILE], ids=["compose", "Dockerfile"])
def test_no_secret_is_written_down(text):
    values = re.findall(r"(?:PASSWORD|SECRET_KEY|ENCRYPTION_KEYS|TOKEN)\w*(?:: |=)(\S+)", text)

    assert [value for value in values if not value.startswith(("$", '"$'))] == []


def test_commands_name_what_exists():
    assert words("web") == ["gunicorn", "--config", "deploy/gunicorn.py"]
    assert (ROOT / "deploy" / "gunicorn.py").is_file()
    assert [words(name)[:4] for name in ("worker", "delivery", "beat")] == [
        ["celery", "--app=tms", "--quiet", "worker"],
        ["celery", "--app=tms", "--quiet", "worker"],
        ["celery", "--app=tms", "--quiet", "beat"],
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


def test_every_file_of_the_guide_exists():
    named = set(re.findall(r"(?:deploy|docs|requirements)/[\w./-]+\w", GUIDE))
    linked = {f"docs/{path}" for path in re.findall(r"\]\(([^)#:]+)\)", GUIDE)}

    assert [path for path in sorted(named | linked) if not (ROOT / path).is_file()] == []


def test_every_place_in_the_guide_that_it_leads_to_exists():
    headings = re.findall(r"^#+ (.+)$", GUIDE, re.MULTILINE)
    places = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}

    assert set(re.findall(r"\]\(#([^)]+)\)", GUIDE)) - places == set()


def test_every_service_in_the_commands_of_the_guide_exists():
    commands = re.findall(r"docker compose (exec|run|stop|up|restart|pull|rm) ([^`<\n]*)", GUIDE)
    several = {verb for verb, _words in commands} - {"exec", "run"}
    named = set()
    for verb, line in commands:
        plain = [word for word in line.split() if not word.startswith("-") and "=" not in word]
        named |= set(plain if verb in several else plain[:1])

    assert named - set(SERVICES) == set()
    assert {"database", "web", "worker", "delivery", "beat", "migrate"} <= named


def test_the_volumes_in_the_commands_of_the_guide_exist():
    named = set(re.findall(rf"\b{COMPOSE['name']}_(\w+)", GUIDE))

    assert named == set(COMPOSE["volumes"])


def test_the_guide_tells_how_much_of_its_log_a_container_keeps():
    kept = {int(one["max-size"][:-1]) * int(one["max-file"]) for one in options_of_logs()}

    assert kept == {int(size) for size in re.findall(r"the last (\d+) MB of each container", GUIDE)}


def options_of_logs() -> list[dict[str, str]]:
    return [service["logging"]["options"] for service in SERVICES.values()]


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
        "organizations/models/people.py",
        "operation/database/base.py",
        "badges/issuing/deciding.py",
        "courses/records.py",
        "classes/models.py",
        "achievements/models/achievements.py",
        "templates/base.html",
        "static",
        "deploy/gunicorn.py",
    ],
)
def test_what_the_product_needs_enters_the_image(path):
    assert (ROOT / path).exists()
    assert ignored(path) is False


def test_what_is_let_into_the_image_exists():
    lines = (ROOT / ".dockerignore").read_text().splitlines()

    assert [line for line in lines if line.startswith("!") and not (ROOT / line[1:]).exists()] == []


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
