"""The variables of a deployment: the document, the example of .env, the compose file and the code, each with each."""

import re
from typing import Any

import pytest

from tests import compose
from tests.compose import EXAMPLE, ROOT, SERVICES, example, filled_in

GUIDE = (ROOT / "docs" / "deployment.md").read_text()
TABLE = GUIDE[GUIDE.index("## Variables") : GUIDE.index("## Is it well?")]
OURS = ["web", "second-web", "worker", "delivery", "beat", "migrate"]


# The example of .env


def test_the_example_filled_in_starts_everything():
    found = {name: compose.service(name, filled_in()) for name in SERVICES}

    assert found["web"]["environment"]["DATABASE_URL"] == "postgres://laurel:x1@database:5432/laurel"
    assert found["web"]["environment"]["REDIS_URL"] == "redis://:x1@broker:6379/0"
    assert started_by(example()["COMPOSE_PROFILES"]) == set(SERVICES) - {"second-web"}


def started_by(profiles: str) -> set[str]:
    active = set(profiles.split(","))
    return {
        name for name, service in SERVICES.items() if not service.get("profiles") or active & set(service["profiles"])
    }


@pytest.mark.parametrize("name", sorted(example()))
def test_compose_does_not_start_without_a_line_of_the_example(name):
    with pytest.raises(compose.MissingVariableError, match=f"^{name}: Set {name} to"):
        compose.service("web", {one: value for one, value in filled_in().items() if one != name})


def test_servers_of_ones_own_need_neither_the_built_in_ones_nor_their_passwords():
    own = {"DATABASE_URL": "postgres://me:it@db.example.org:5432/x", "REDIS_URL": "redis://redis.example.org:6379/0"}
    variables = filled_in() | own | {"COMPOSE_PROFILES": ""}
    del variables["POSTGRES_PASSWORD"], variables["BROKER_PASSWORD"]

    found = {name: compose.service(name, variables) for name in OURS}

    for name, url in own.items():
        assert {service["environment"][name] for service in found.values()} == {url}
    assert started_by("") == {"web", "worker", "delivery", "beat", "migrate"}


def test_behind_a_pooler_what_needs_a_session_reaches_postgresql_itself():
    pooled = {"DATABASE_URL": "postgres://me:it@pooler.example.org:6432/x", "DATABASE_POOLER": "transaction"}
    direct = {"DATABASE_URL": "postgres://me:it@db.example.org:5432/x", "DATABASE_POOLER": ""}
    variables = filled_in() | pooled | {"DATABASE_DIRECT_URL": direct["DATABASE_URL"]}

    found = {name: compose.service(name, variables)["environment"] for name in OURS}

    assert {name: {one: passed[one] for one in pooled} for name, passed in found.items()} == {
        name: direct if name in ("worker", "migrate") else pooled for name in OURS
    }


def test_the_example_keeps_no_secret_and_only_what_exists():
    values = {name: value for name, value in example().items() if re.search("SECRET|KEY|PASSWORD", name)}
    named = re.findall(r"^#?([A-Z_]+)=", EXAMPLE, re.MULTILINE)

    assert set(values.values()) == {""}
    assert set(named) - explained() == set()


# Variables: the document, the compose file and the code, each with each


def explained() -> set[str]:
    """The variables that the table of the document has a row for."""
    return {name for row in TABLE.splitlines() for name in re.findall(r"`([A-Z_0-9]+)`", row.partition(" | ")[0])}


def asked_for() -> set[str]:
    """The variables that the product asks its environment for."""
    sources = [ROOT / "tms" / "settings.py", ROOT / "tms" / "wsgi.py", *(ROOT / "deploy").glob("*.py")]
    calls = r"""(?:env(?:\.\w+)?|of_development|os\.environ\.(?:get|setdefault))\(\s*["']([A-Z_0-9]+)["']"""
    return {name for path in sources for name in re.findall(calls, path.read_text())} - {"DJANGO_SETTINGS_MODULE"}


def put_in() -> set[str]:
    """The variables of .env that the compose file itself puts in somewhere."""
    return set(re.findall(r"\$\{([A-Z_0-9]+)", compose.TEXT))


# The image says where these are, and compose what listens: they have no place in .env.
OF_THE_IMAGE = {"BIND", "MEDIA_ROOT", "STATIC_ROOT"}
# Only without PRODUCTION, which compose always sets.
OF_DEVELOPMENT = {"MAIL_ROOT"}


def test_the_product_asks_for_what_we_think_it_does():
    assert {"DATABASE_URL", "REDIS_URL", "DELIVERY_THREADS", "STATEMENT_TIMEOUT", "WEB_CONCURRENCY"} <= asked_for()


def test_every_variable_is_explained():
    assert (asked_for() | put_in()) - explained() == set()


def test_every_explained_variable_exists():
    assert explained() - (asked_for() | put_in()) == set()


@pytest.mark.parametrize("name", OURS)
def test_compose_passes_every_variable_to_every_service(name):
    wanted = asked_for() - OF_THE_IMAGE - OF_DEVELOPMENT - {"WEB_CONCURRENCY", "WEB_THREADS"}

    passed = set(SERVICES[name]["environment"])

    assert (wanted - passed, passed - asked_for()) == (set(), set())


def test_what_stands_in_env_reaches_the_product():
    values = {name: f"a value of {name}" for name in asked_for() - {"PRODUCTION"}}

    passed = compose.service("web", filled_in() | values)["environment"]

    assert {name: passed[name] for name in values if name in passed} == {
        name: value for name, value in values.items() if name not in OF_THE_IMAGE | OF_DEVELOPMENT
    }


def test_the_connections_of_the_defaults_leave_room_at_three_webs_and_a_second_delivery():
    """By the formula of the document, with max_connections at PostgreSQL's own 100, three of them for superusers."""
    passed = {name: compose.service(name, filled_in()) for name in ("web", "worker", "delivery")}
    threads = int(
        re.findall(r'env.int\("DELIVERY_THREADS", default=(\d+)\)', (ROOT / "tms/settings.py").read_text())[0]
    )
    web = int(passed["web"]["environment"]["WEB_CONCURRENCY"]) * int(passed["web"]["environment"]["WEB_THREADS"])

    connections = 3 * web + 2 * concurrency(passed["delivery"]) * (threads + 1) + 2 * concurrency(passed["worker"])

    assert connections <= 97 - 10  # ten for migrations, commands and whoever looks


def concurrency(service: dict[str, Any]) -> int:
    [word] = [word for word in service["command"] if word.startswith("--concurrency=")]
    return int(word.partition("=")[2])
