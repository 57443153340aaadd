"""How long each list takes on its first page, searched, sorted, and on its last page."""

import re
import statistics
import time
from collections.abc import Iterator

from django.test import Client

from achievements.models import Sweep
from classes.models import Class
from organizations.models import User

BAR = 6.0
READERS = {"rowan": "administers all", "robin": "administers one organization of 21"}
# A word that a search of the list finds often, and one that few rows have.
WORDS = ("kalo", "4242")


def run(rounds: int, *, every_column: bool) -> bool:
    """Print a table for each reader; false when a page takes longer than BAR empty pages."""
    return not [name for name in READERS if not _run_as(name, rounds, every_column=every_column)]


def _run_as(name: str, rounds: int, *, every_column: bool) -> bool:
    client = Client()
    client.force_login(
        User.objects.get_by_natural_key(name), backend="organizations.sign_in.authentication.NameOrEmailBackend"
    )
    _seconds(client, "/search/", rounds=3)
    floor = _seconds(client, "/search/", rounds=rounds)
    print(f"\n{name} ({READERS[name]}); an empty page: {1000 * floor:.1f} ms, median of {rounds}\n")
    print(f"{'list':<28}{'what':<24}{'ms':>8}{'ratio':>8}")
    worst = 0.0
    for path in _lists():
        for what, address in _addresses(client, path, every_column=every_column):
            ratio = (seconds := _seconds(client, address, rounds=rounds)) / floor
            worst = max(worst, ratio)
            print(f"{path:<28}{what:<24}{1000 * seconds:>8.1f}{ratio:>8.2f}{' !' if ratio > BAR else ''}", flush=True)
    print(f"\nat most {worst:.2f} times an empty page; promised: {BAR:g}")
    return worst <= BAR


def _lists() -> list[str]:
    klass, sweep = Class.objects.order_by("pk")[0], Sweep.objects.order_by("-pk")[0]
    return [
        "/badges/issued/",
        "/badges/",
        "/badges/issuances/",
        "/badge-providers/",
        "/users/",
        "/classes/",
        f"/classes/{klass.pk}/roster/add-students/",
        "/course-assignments/",
        "/learning-paths/",
        "/achievements/",
        "/achievements/holds/",
        "/undelivered/",
        "/sweeps/",
        f"/sweeps/{sweep.pk}/awards/",
    ]


def _addresses(client: Client, path: str, *, every_column: bool) -> Iterator[tuple[str, str]]:
    """The views of the list that are measured; none of a list that the reader may not open."""
    response = client.get(path)
    if response.status_code != 200:
        return
    yield "first page", path
    body = response.content.decode()
    if re.search(r'name="q"', body):
        yield from ((f"search {word}", f"{path}?q={word}") for word in WORDS)
    columns = list(dict.fromkeys(re.findall(r"[?&;]sort=-?(\w+)", body)))
    for name in columns if every_column else columns[:1]:
        yield f"sort {name}", f"{path}?sort={name}"
        yield f"sort -{name}", f"{path}?sort=-{name}"
    yield "last page", f"{path}?page=last"
    yield "page 400", f"{path}?page=400"


def _seconds(client: Client, address: str, *, rounds: int) -> float:
    """The median of the page's time."""
    times = []
    for _round in range(rounds):
        began = time.perf_counter()
        response = client.get(address)
        times.append(time.perf_counter() - began)
        assert response.status_code == 200, (address, response.status_code)
    return statistics.median(times)
