"""What docker-compose.yml starts does its work with requirements/run.txt alone: the whole way of a badge, and the end."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.metadata import distributions
from pathlib import Path

import pytest

from tests.compose import ROOT
from tests.freezing import family_of
from tests.pooler import PGBOUNCER, require_pgbouncer
from tests.production_set import LASTING, WEB, Production, deployed
from tests.visiting import Visitor

pytestmark = pytest.mark.xdist_group("servers")

PASSWORD = "quince-harbour-violet-9"
TRAINING = {
    "users.csv": "username,organization,email,first_name,last_name\nada,Acorn,ada@example.test,Ada,Lopez\nben,Acorn,ben@example.test,Ben,Moss\n",
    "courses.csv": (
        "organization,number,name,content_provider,publishing_groups\nAcorn,C1,Keeping Bees,Acorn Press,Everybody\n"
    ),
    "classes.csv": (
        "organization,number,name,course,starts_at,ends_at\nAcorn,K1,Bees in May,C1,2026-05-04 09:00,2026-05-08 17:00\n"
    ),
    "enrollments.csv": (
        "organization,class,username,enrolled_at,completion_status,completed_at\n"
        "Acorn,K1,ada,2026-04-01,,\nAcorn,K1,ben,2026-04-01,Complete,2026-05-08\n"
    ),
}


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Production]:
    """A deployment as step 1 to 3 of docs/deployment.md make it: migrated, with an administrator, everything started.

    Behind a pooler where there is one; test_upgrade.py has one without.
    """
    with deployed(tmp_path_factory.mktemp("production-set"), is_pooled=bool(PGBOUNCER)) as production:
        production.migrate()
        create_administrator(production)
        start_everything(production)
        yield production


def create_administrator(production: Production, username: str = "rowan", organization: str = "Acorn") -> None:
    names = ("--organization", organization, "--username", username, "--email", f"{username}@example.test")
    command = ("python", "manage.py", "create_administrator", "--no-input", *names)
    said = production.once(*command, ADMINISTRATOR_PASSWORD=PASSWORD)
    assert said == f"Created {username}, who administers {organization} and may do everything.\n"


def answers(production: Production) -> bool:
    try:
        return production.visitor().get("/health/alive/").status == 200
    except OSError:
        return False


def import_training(production: Production) -> None:
    folder = production.folder / "import"
    folder.mkdir()
    for name, text in TRAINING.items():
        (folder / name).write_text(text)
    production.once("python", "manage.py", "import_training", *(str(folder / name) for name in TRAINING))


@pytest.fixture(scope="module")
def administrator(production: Production) -> Visitor:
    visitor = production.visitor()
    visitor.sign_in("rowan", PASSWORD)
    return visitor


def test_the_environment_has_what_run_txt_names_and_nothing_else(production):
    named = re.findall(r"^([A-Za-z0-9._-]+)==", Path("requirements/run.txt").read_text(), re.MULTILINE)
    [site] = (production.bin.parent / "lib").glob("python*/site-packages")

    installed = {plain(found.name) for found in distributions(path=[str(site)])}

    assert installed - {"pip"} <= {plain(name) for name in named}


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_product_owns_its_database_and_is_no_superuser(production):
    roles = production.query(
        "SELECT rolname, rolsuper, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = 'laurel'"
    )
    owner = production.query("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'laurel'")

    assert (roles, owner) == ([("laurel", False, False, False)], [("laurel",)])


@pytest.fixture(scope="module")
def organization(production: Production) -> int:
    """Acorn, with its training imported."""
    import_training(production)
    [[pk]] = production.query("SELECT id FROM organizations_organization WHERE name = 'Acorn'")
    return int(pk)


@pytest.fixture(scope="module")
def badge(production: Production, administrator: Visitor, organization: int) -> int:
    """Beekeeper, of the built-in issuer."""
    made = administrator.submit(
        "/badge-providers/create/",
        {
            "name": "Acorn",
            "organization": organization,
            "kind": "built_in",
            "requests_per_second": 5,
            "is_enabled": "on",
        },
    )
    assert made.status == 302, made.text
    [[provider]] = production.query("SELECT id FROM badges_badgeprovider WHERE name = 'Acorn'")
    made = administrator.submit(
        "/badges/create/",
        {"name": "Beekeeper", "organization": organization, "provider": provider, "manual_issuance": "on"},
    )
    assert made.status == 302, made.text
    [[pk]] = production.query("SELECT id FROM badges_badge WHERE name = 'Beekeeper'")
    return int(pk)


def test_a_badge_from_a_roster_is_signed_and_delivered_and_its_student_is_told(production, administrator, badge):
    [[klass, line]] = production.query(
        "SELECT klass_id, line.id FROM classes_enrollment line JOIN organizations_user person ON person.id = student_id"
        " WHERE username = 'ada'"
    )
    page = f"/classes/{klass}/roster/{line}/issue-badge/"
    key = re.search(r'name="key" value="([^"]+)"', administrator.get(page).text)
    assert key

    issued = administrator.submit(page, {"badge": badge, "key": key[1]})

    assert issued.status == 302, issued.text
    production.wait_until(lambda: states(production, "ada") == [("delivered", "accepted")], "the badge")
    [[public_id]] = production.query(
        "SELECT issued.public_id FROM badges_issuedbadge issued WHERE recipient_email = 'ada@example.test'"
    )
    credential = json.loads(production.visitor().get(f"/b/{public_id}/credential.json").text)
    assert credential["credentialSubject"]["achievement"]["name"] == "Beekeeper"
    assert credential["proof"]["type"] == "DataIntegrityProof"
    production.wait_until(lambda: letters_to_ada(production) != [], "the letter")
    assert "You have earned the badge Beekeeper" in letters_to_ada(production)[0]


def test_a_completion_becomes_a_badge_by_a_sweep(production, administrator, organization, badge):
    made = administrator.submit(
        "/achievements/create/",
        {
            "name": "First Course",
            "organization": organization,
            "conditions": "[{Subject: 10, Complete: true}]",
            "frequency_type": "per_user",
            "frequency": 1,
            "points": 1,
            "badge": badge,
            "is_enabled": "on",
        },
    )

    assert made.status == 302, made.text
    production.wait_until(lambda: states(production, "ben") == [("delivered", "accepted")], "the badge")


def letters_to_ada(production: Production) -> list[str]:
    return [letter for letter in production.mail.letters if "To: ada@example.test" in letter]


def states(production: Production, username: str) -> list[tuple[str, str]]:
    return production.query(
        f"SELECT delivery, status FROM badges_issuedbadge WHERE recipient_email = '{username}@example.test'"
    )


def test_a_worker_sweeps_everybody_and_everything_is_well(production):
    production.wait_until(lambda: full_sweeps(production) != [], "a full sweep")

    production.wait_until(lambda: production.visitor().get("/health/").status == 200, "/health/ with 200")


def full_sweeps(production: Production) -> list[tuple[str]]:
    return production.query("SELECT worker FROM achievements_sweep WHERE kind = 'full' AND finished_at IS NOT NULL")


def test_people_at_once_share_few_sessions_of_the_database_and_read_only_what_is_theirs(production, administrator):
    require_pgbouncer()
    create_administrator(production, "wren", "Birch")
    other = production.visitor()
    other.sign_in("wren", PASSWORD)

    with ThreadPoolExecutor(8) as people:
        pages = list(people.map(lambda visitor: visitor.get("/").text, [administrator, other] * 12))

    assert [("Welcome, rowan" in page, "Welcome, wren" in page) for page in pages] == [
        (True, False),
        (False, True),
    ] * 12
    servers, clients = production.pooler.show("SERVERS"), production.pooler.show("CLIENTS")
    assert len(servers) <= 3 < len(clients)


def test_what_sweeps_never_goes_through_the_pooler(production):
    require_pgbouncer()
    production.wait_until(lambda: full_sweeps(production) != [], "a full sweep")
    for name in LASTING:  # one that another test has just started again has asked nothing yet
        if name != "worker":
            production.wait_until(partial(is_pooled, production, name), f"{name} behind the pooler")
    swept = {int(worker.rpartition(", ")[2]) for [worker] in full_sweeps(production)}

    assert swept & pooled(production) == set()
    assert not is_pooled(production, "worker")


def pooled(production: Production) -> set[int]:
    """The processes that have come to the pooler."""
    pooler = production.pooler
    assert pooler
    return {int(pid) for pid in re.findall(r"laurel@unix\((\d+)\)", pooler.log)}


def is_pooled(production: Production, name: str) -> bool:
    return bool(family_of(production.services[name].process.pid) & pooled(production))


@pytest.mark.parametrize("name", LASTING)
def test_the_health_check_of_every_service_finds_it_well(production, name):
    production.wait_until(partial(is_well, production, name), f"the health check of {name}")


def is_well(production: Production, name: str) -> bool:
    return production.health_check(name) == 0


def test_a_test_letter_goes_the_way_of_the_others(production):
    said = production.once("python", "manage.py", "send_test_letter", "rowan@example.test")

    assert said.startswith(f"The mail server 127.0.0.1:{production.mail.server_address[1]} took a letter from Training")


def test_each_service_ends_within_the_grace_that_it_is_given(production):
    for name in LASTING:  # one that is still starting has nothing to end in order
        production.wait_until(partial(is_well, production, name), f"the health check of {name}")
    codes = {name: production.stop(name) for name in LASTING}  # raises where one takes longer
    for name in LASTING:
        production.start(name)  # for the other tests, whose order is none
    production.wait_until(lambda: answers(production), "web's answer")

    assert codes == dict.fromkeys(LASTING, 0), production.logs()


# Backup and restore, as docs/deployment.md has them typed

PICTURE = bytes.fromhex("89504e470d0a1a0a") + b"stands for a picture"
PUT_A_PICTURE = """
from django.core.files.base import ContentFile
from badges.models import Badge, BadgeProvider
here = {{"organization_id": {organization}}}
provider = BadgeProvider.objects.create(name="Hive", kind="built_in", **here)
badge = Badge.objects.create(name="Swarm", provider=provider, **here)
badge.image.save("swarm.png", ContentFile({picture!r}))
print(badge.image.name)
"""
KEPT = (
    "organizations_user",
    "organizations_organization",
    "badges_badgeprovider",
    "badges_badge",
    "badges_issuedbadge",
)


def test_a_backup_brings_everything_back_into_an_empty_database_and_folder(production):
    [organization] = production.query("SELECT min(id) FROM organizations_organization")[0]
    shell = ("python", "manage.py", "shell", "--no-imports", "--command")
    name = production.once(*shell, PUT_A_PICTURE.format(organization=organization, picture=PICTURE)).strip()
    [backup, restore] = blocks_of("Backup and restore")
    for command in backup:
        type_in(production, command)
    media = production.folder / "media"
    before, pictures = kept(production), sorted(path.relative_to(media) for path in media.rglob("*"))
    shutil.rmtree(media)
    media.mkdir()
    production.once(*shell, "from django.db import connection; connection.cursor().execute('CREATE TABLE later ()')")

    for command in restore:
        type_in(production, command)

    assert (kept(production), production.query("SELECT to_regclass('later')")) == (before, [(None,)])
    assert sorted(path.relative_to(media) for path in media.rglob("*")) == pictures
    assert (media / name).read_bytes() == PICTURE
    assert production.visitor().get(f"/media/{name}").status == 200


def blocks_of(section: str) -> list[list[str]]:
    """The commands of a section, block by block."""
    guide = (ROOT / "docs" / "deployment.md").read_text()
    text = guide.split(f"\n## {section}\n")[1].partition("\n## ")[0]
    blocks = re.findall(r"(?:^    .+\n)+", text, re.MULTILINE)
    return [[line.strip() for line in block.splitlines()] for block in blocks]


def kept(production: Production) -> list[list[tuple[str]]]:
    """What nobody changes while nothing happens: people, and what they made."""
    return [production.query(f"SELECT kept::text FROM {table} AS kept ORDER BY id") for table in KEPT]


def type_in(production: Production, command: str) -> None:
    """A line of the guide, with the engine of containers taken away from it."""
    if command.startswith("docker compose stop "):
        for name in command.split()[3:]:
            production.stop(name)
    elif command == "docker compose up --detach --wait":
        start_everything(production)
    else:
        there = r"docker compose (?:exec -T|run --rm --no-deps -T) (?:database|web) "
        words, count = re.subn(there, "", command)
        assert count == 1, command
        in_the_container(production, words)


def in_the_container(production: Production, words: str) -> None:
    programs = f"{production.postgres.binaries}:{os.environ['PATH']}"
    environment = {"PATH": programs, "PGHOST": str(production.postgres.scratch)}
    words = words.replace("/data/media", production.environment(WEB)["MEDIA_ROOT"])
    done = subprocess.run(
        ["sh", "-c", words], cwd=production.folder, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, ""), words


def start_everything(production: Production) -> None:
    production.migrate()
    for name in LASTING:
        production.start(name)
    production.wait_until(lambda: answers(production), "web's answer")
