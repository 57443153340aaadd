"""People, classes and badges made by SQL, and how long a search among them takes."""

import statistics
import time
from typing import Any

from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client

from organizations.models import Organization, User

# Names that nobody has: syllables, so that three letters are in many of them and six in few.
_PEOPLE = """
INSERT INTO organizations_user (username, first_name, last_name, email, password, organization_id, earner_id, is_active,
    is_staff, is_superuser, date_joined, participates_in_achievements, is_contract_instructor, list_columns)
SELECT 'user' || n, initcap(syllables[1 + n %% 24] || syllables[1 + n / 24 %% 24]),
    initcap(syllables[1 + n / 7 %% 24] || syllables[1 + n / 168 %% 24] || syllables[1 + n / 4032 %% 24]),
    'user' || n || '@example.test', '!', %(organization)s, gen_random_uuid(), true, false, false, now(), true, false, '{}'
FROM generate_series(1, %(people)s) n, (SELECT string_to_array(
    'ba,ka,lo,mi,nu,re,so,ta,vé,wi,žu,fo,ga,he,ji,ko,ły,me,no,pa,ri,su,to,va', ',') AS syllables) names
"""
WORDS = ("kalo", "lova nu", "user4242", "žuž", "zuz", "zzzz")


def run(people: int, rounds: int) -> None:
    """Print how long the page takes for each of WORDS, and how many times as long as without any."""
    administrator = _world(people)
    client = Client()
    client.force_login(administrator, backend="organizations.sign_in.authentication.NameOrEmailBackend")
    _seconds(client, "", rounds=3)
    floor = _seconds(client, "", rounds=rounds)
    print(f"{people:,} people, median of {rounds}\n\n{'words':<12}{'ms':>8}{'ratio':>8}")
    print(f"{'':<12}{1000 * floor:>8.1f}{1:>8.2f}")
    for words in WORDS:
        seconds = _seconds(client, words, rounds=rounds)
        print(f"{words:<12}{1000 * seconds:>8.1f}{seconds / floor:>8.2f}")


def _world(people: int) -> User:
    organization = Organization.objects.create(name="Umbrella")
    with connection.cursor() as cursor:
        cursor.execute(_PEOPLE, {"organization": organization.pk, "people": people})
        cursor.execute("VACUUM ANALYZE organizations_user")
    user: Any = User.objects.create_user("rowan", organization=organization, is_staff=True)
    user.managed_organizations.add(organization)
    user.groups.add(Group.objects.get(name="Administrator"))
    return user  # type: ignore[no-any-return]


def _seconds(client: Client, words: str, *, rounds: int) -> float:
    """The median of the page's time."""
    times = []
    for _round in range(rounds):
        began = time.perf_counter()
        response = client.get("/search/", {"q": words}, headers={"HX-Request": "true", "HX-Target": "search-results"})
        times.append(time.perf_counter() - began)
        assert response.status_code == 200, response.status_code
    return statistics.median(times)
