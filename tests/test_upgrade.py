"""An upgrade as docs/deployment.md has it typed: people go on working through the proxy, and no request of theirs fails."""

import http.client
import itertools
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from tests.production_set import HOST, Production, deployed
from tests.proxying import Proxy, proxying, require_nginx
from tests.visiting import Answer, Visitor

pytestmark = pytest.mark.xdist_group("servers")

PASSWORD = "quince-harbour-violet-9"
# Additive, as every migration of ours: what runs meanwhile knows nothing of the column, and still writes rows.
MIGRATION = """
from django.db import migrations

class Migration(migrations.Migration):
    atomic = False
    dependencies = [("badges", {latest!r})]
    operations = [
        migrations.RunSQL("ALTER TABLE badges_badge ADD COLUMN colour text NOT NULL DEFAULT 'green'"),
        migrations.RunSQL("CREATE INDEX CONCURRENTLY badge_colour ON badges_badge (colour)"),
    ]
"""


STYLESHEET = "css/base.css"


def next_version(tree: Path) -> None:
    """A new migration and a changed stylesheet, which has another name then."""
    migrations = tree / "badges" / "migrations"
    latest = max(path.stem for path in migrations.glob("[0-9]*.py"))
    (migrations / "9999_colour.py").write_text(MIGRATION.format(latest=latest))
    sheet = tree / "static" / STYLESHEET
    sheet.write_text(sheet.read_text() + "\n/* the next version */\n")


@dataclass
class Crowd:
    """People who go on working, each in a thread, until they are told to stop."""

    proxy: Proxy
    answers: list[tuple[str, str, int]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    created: list[str] = field(default_factory=list)
    is_over: threading.Event = field(default_factory=threading.Event)

    def reads(self) -> None:
        visitor = self._arrives()
        while not self.is_over.is_set():
            for path in ("/", "/badges/", "/classes/?q=bees"):
                page = self._note("GET", path, partial(visitor.get, path))
                for sheet in re.findall(r'href="(/static/[^"]+\.css)"', page):
                    self._note("GET", sheet, partial(visitor.get, sheet))

    def writes(self, rows: dict[str, object]) -> None:
        visitor = self._arrives()
        for number in itertools.count():
            if self.is_over.is_set():
                break
            name = f"Badge {number}"
            self._note("POST", "/badges/create/", partial(visitor.submit, "/badges/create/", {"name": name, **rows}))
            self.created.append(name)
            time.sleep(0.1)  # now and then: it is the readers who press

    def goes_on(self, *, requests: int = 20, writes: int = 3) -> None:
        """Come back when so many more requests were answered."""
        wanted, written = len(self.answers) + requests, len(self.created) + writes
        deadline = time.monotonic() + 300
        while len(self.answers) < wanted or len(self.created) < written:
            assert not self.faults, self.faults
            assert time.monotonic() < deadline
            time.sleep(0.1)

    def _arrives(self) -> Visitor:
        visitor = self.proxy.visitor()
        visitor.sign_in("rowan", PASSWORD)
        return visitor

    def _note(self, method: str, path: str, ask: Callable[[], Answer]) -> str:
        try:
            answer = ask()
        except (OSError, http.client.HTTPException, AssertionError) as error:
            self.faults.append(f"{method} {path}: {error!r}")
            return ""
        if answer.status != (302 if method == "POST" else 200):
            self.faults.append(f"{method} {path}: {answer.status}\n{answer.text[:500]}")
        self.answers.append((method, path, answer.status))
        return answer.text


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Production]:
    """Two web services with an administrator and a provider for badges, as one that was deployed before."""
    require_nginx()
    with deployed(tmp_path_factory.mktemp("upgrade")) as production:
        production.migrate()
        names = ("--organization", "Acorn", "--username", "rowan", "--email", "rowan@example.test")
        command = ("python", "manage.py", "create_administrator", "--no-input", *names)
        production.once(*command, ADMINISTRATOR_PASSWORD=PASSWORD)
        for name in ("web", "second-web"):
            production.start(name)
            production.wait_until(partial(is_well, production, name), name)
        yield production


@pytest.fixture(scope="module")
def proxy(production: Production, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    ports = {"first": production.port("web"), "second": production.port("second-web")}
    with proxying(tmp_path_factory.mktemp("nginx"), **ports) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def rows(production: Production, proxy: Proxy) -> dict[str, object]:
    """What a new badge refers to."""
    visitor = proxy.visitor()
    visitor.sign_in("rowan", PASSWORD)
    [[organization]] = production.query("SELECT id FROM organizations_organization")
    provider = {"name": "Acorn", "organization": organization, "kind": "built_in", "requests_per_second": 5}
    made = visitor.submit("/badge-providers/create/", {**provider, "is_enabled": "on"})
    assert made.status == 302, made.text
    [[provider_id]] = production.query("SELECT id FROM badges_badgeprovider")
    return {"organization": organization, "provider": provider_id}


def is_well(production: Production, name: str) -> bool:
    return production.health_check(name) == 0


def replace(production: Production, proxy: Proxy, name: str, folder: Path) -> None:
    """What `docker compose up --detach --no-deps --wait` does, while deploy/replace-web.sh waits for it."""
    asked, done = folder / f"{name}-asked", folder / f"{name}-done"
    script = proxy.replace(
        production.port(name), "sh", "-c", f"touch {asked}; while [ ! -e {done} ]; do sleep 0.1; done"
    )
    production.wait_until(asked.exists, f"the turn of {name}")
    assert production.stop(name) == 0
    production.start(name, version="next")
    production.wait_until(partial(is_well, production, name), name)
    done.touch()
    said, _ = script.communicate(timeout=300)
    assert (script.returncode, said) == (0, "")


def test_no_request_fails_while_tables_change_and_one_web_after_the_other_is_replaced(
    production, proxy, rows, tmp_path
):
    production.install("next", next_version)
    crowd = Crowd(proxy)
    people = [threading.Thread(target=crowd.reads), threading.Thread(target=crowd.writes, args=[rows])]
    for person in people:
        person.start()
    try:
        crowd.goes_on()
        production.migrate(version="next")
        crowd.goes_on()
        for name in ("web", "second-web"):
            replace(production, proxy, name, tmp_path)
            crowd.goes_on()
    finally:
        crowd.is_over.set()
        for person in people:
            person.join()

    assert crowd.faults == []
    made = sorted(name for (name,) in production.query("SELECT name FROM badges_badge WHERE colour = 'green'"))
    assert made == sorted(crowd.created)
    sheets = {path for _method, path, _status in crowd.answers if path.startswith("/static/css/base.")}
    assert len(sheets) == 2  # of both versions, whichever web was asked
    assert " down;" not in proxy.site


@pytest.fixture
def site(proxy, tmp_path):
    """A copy of the site's file, for what shall not reach the proxy of the others."""
    copy = tmp_path / "laurel.conf"
    copy.write_text(proxy.site)
    return copy


def test_the_last_web_is_never_taken_out(production, proxy, site):
    first, second = production.port("web"), production.port("second-web")
    script = proxy.replace(first, "false", site=site)
    said, _ = script.communicate(timeout=300)
    marked = site.read_text()

    refused = proxy.replace(second, "true", site=site)
    words, _ = refused.communicate(timeout=300)

    assert (script.returncode, "It was not replaced. The other one serves alone" in said) == (1, True)
    assert re.findall(r"server 127.0.0.1:(\d+) .* down;", marked) == [str(first)]
    assert (refused.returncode, "names no other server that is up" in words) == (2, True)
    assert site.read_text() == marked


def test_one_that_was_left_out_is_taken_in_again(production, proxy, site):
    before = site.read_text()
    proxy.replace(production.port("web"), "false", site=site).communicate(timeout=300)

    script = proxy.replace(production.port("web"), "true", site=site)
    said, _ = script.communicate(timeout=300)

    assert (script.returncode, said, site.read_text()) == (0, "", before)


def test_a_port_that_the_proxy_does_not_know_is_refused(proxy, site):
    script = proxy.replace(2, "true", site=site)

    said, _ = script.communicate(timeout=300)

    assert (script.returncode, "names no server with port 2." in said) == (2, True)


# What else the proxy does


def test_plain_http_is_sent_to_https(proxy):
    visitor = Visitor(lambda: http.client.HTTPConnection("127.0.0.1", proxy.plain_port, timeout=60), {"Host": HOST})

    answer = visitor.get("/badges/?q=bees")

    assert (answer.status, answer.headers["location"]) == (301, f"https://{HOST}/badges/?q=bees")


def test_no_log_of_the_proxy_has_a_query_string_or_the_secret_of_an_address(proxy):
    visitor = proxy.visitor(Referer=f"https://{HOST}/users/?q=jane.canary@example.test")
    webhook = "/webhooks/6f1c1d3e-0000-4000-8000-000000000000/"
    for path in ("/users/?q=jane.canary@example.test", "/password/set/MQ/canary/", f"{webhook}canary/"):
        visitor.get(path)

    logged = wait_for_log(proxy, f"{webhook}...")

    assert ('"GET /users/ HTTP' in logged, '"GET /password/set/MQ/... HTTP' in logged) == (True, True)
    assert "canary" not in logged


def wait_for_log(proxy: Proxy, words: str) -> str:
    """A line is written after its answer."""
    deadline = time.monotonic() + 300
    while words not in proxy.logged:
        assert time.monotonic() < deadline, proxy.logged
        time.sleep(0.05)
    return proxy.logged


def test_a_visitor_cannot_choose_the_address_he_is_counted_by(production, proxy):
    proxy.visitor(**{"X-Forwarded-For": "203.0.113.77"}).submit("/sign-in/", {"username": "nobody", "password": "x"})

    assert production.query("SELECT ip_address::text FROM axes_accessattempt WHERE username = 'nobody'") == [
        ("127.0.0.1/32",)
    ]


@pytest.mark.parametrize(("megabytes", "status"), [(5, 403), (7, 413)])
def test_what_is_as_large_as_a_picture_passes_and_more_is_refused_in_words(production, proxy, megabytes, status):
    answers = []

    def is_answered() -> bool:
        """503 is what the proxy says for a web that is busy with other things for too long."""
        answers.append(proxy.visitor().send("POST", "/sign-in/", "x" * megabytes * 1024 * 1024))
        return bool(answers[-1].status != 503)

    production.wait_until(is_answered, "an answer of the web")

    assert answers[-1].status == status  # without its token a form of 5 MB comes as far as the product
    assert ("Choose one of at most 5 MB." in answers[-1].text) == (status == 413)


def test_while_no_web_answers_the_proxy_says_so_itself(production, proxy):
    for name in ("web", "second-web"):
        production.stop(name)

    answer = proxy.visitor().get("/users/?q=jane.canary@example.test")

    for name in ("web", "second-web"):
        production.start(name)
        production.wait_until(partial(is_well, production, name), name)
    assert (answer.status, answer.headers["retry-after"]) == (503, "30")
    assert "The site does not answer" in answer.text
    assert "canary" not in proxy.logged
    production.wait_until(lambda: proxy.visitor().get("/sign-in/").status == 200, "the proxy's answer")
