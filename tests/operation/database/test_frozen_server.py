"""Web and workers as real processes, while their PostgreSQL or their broker is frozen, and when it is back."""

import http.client
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.delivering import ROOT, System, running
from tests.freezing import frozen
from tests.running import free_port
from tests.starting import start

pytestmark = pytest.mark.xdist_group("servers")

# Far more than a page takes, and no time in which a frozen server would be back.
PATIENCE = 120
# To know who is there takes the database, also where the session is none of ours.
PAGE, COOKIE = "/", {"Cookie": "sessionid=" + "x" * 32}


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    folder = tmp_path_factory.mktemp("frozen")
    with running(folder, workers=0, settings={"DATABASE_PATIENCE": "0.5", "LOG_LEVEL": "WARNING"}) as system:
        yield system


@pytest.fixture(scope="module")
def port(system: System) -> Iterator[int]:
    port = free_port()
    command = [
        "-m",
        "gunicorn",
        "tms.wsgi",
        "--bind",
        f"127.0.0.1:{port}",
        "--worker-class",
        "gthread",
        "--threads",
        "4",
    ]
    with (system.folder / "web.log").open("wb") as log:
        web = start(
            [sys.executable, *command], cwd=ROOT, env=system.environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        wait_for(port, PAGE, 302)
        yield port
    finally:
        web.terminate()
        web.wait(timeout=60)


def get(port: int, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", path, headers=COOKIE if path == PAGE else {})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def wait_for(port: int, path: str, status: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            if get(port, path)[0] == status:
                return
        except OSError:
            pass
        time.sleep(0.2)
    pytest.fail(f"{path} never answered {status}")


def test_every_page_answers_while_the_database_is_frozen(system, port):
    more_than_threads = 10
    with frozen(system.postgres.process.pid), ThreadPoolExecutor(more_than_threads) as people:
        pages = list(people.map(lambda _: get(port, PAGE), range(more_than_threads)))
        others = [get(port, path)[0] for path in ("/static/img/favicon.svg", "/health/alive/")]

    assert {status for status, _ in pages} == {503}
    assert all("This page could not be shown." in words for _, words in pages)
    assert others == [200, 200]
    wait_for(port, PAGE, 302)


def test_a_page_answers_while_the_broker_is_frozen(system, port):
    with frozen(system.broker.process.pid):
        assert get(port, PAGE)[0] == 302
        assert get(port, "/health/")[0] == 503


def test_a_worker_goes_on_unaided_when_the_database_is_back(system):
    system.start_worker()
    with frozen(system.postgres.process.pid):
        system.send("badges.tasks.deliver")
        system.wait_until(lambda: "The database is away: " in log_of(system))

    system.fill(students=3)
    system.wait_until(lambda: woken(system).counts() == {"delivered": 3})


def woken(system: System) -> System:
    system.send("badges.tasks.deliver")
    return system


def log_of(system: System) -> str:
    return (system.folder / "celery.log").read_text()
