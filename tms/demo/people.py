"""The demo's organizations and the people in them."""

import unicodedata
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from organizations.models import Organization, User
from organizations.roles import ADMINISTRATOR, INSTRUCTOR, STUDENT
from tms.demo.names import PersonName, everybody

PASSWORD = "green laurel wreath"  # noqa: S105 - printed at every start; a deployment never has these accounts


@dataclass(frozen=True)
class DemoOrganization:
    """An organization of the demo, by a short key that the rest of the demo uses."""

    key: str
    name: str
    time_zone: str
    domain: str
    students: int
    parent: str = ""
    achievements_enabled: bool = True
    in_global_achievements: bool = True
    uses_contract_instructors: bool = False


PLACES = (
    DemoOrganization("group", "Kestrel & Quill Learning Group", "Europe/London", "kestrelquill.example", 0,
          uses_contract_instructors=True),
    DemoOrganization("denver", "Kestrel Academy Denver", "America/Denver", "denver.kestrelquill.example", 96, "group",
          uses_contract_instructors=True),
    DemoOrganization("lyon", "Kestrel Academy Lyon", "Europe/Paris", "lyon.kestrelquill.example", 52, "group"),
    DemoOrganization("grenoble", "Kestrel Academy Lyon, Grenoble Campus", "Europe/Paris", "grenoble.kestrelquill.example", 18,
          "lyon"),
    DemoOrganization("osaka", "Kestrel Academy Osaka", "Asia/Tokyo", "osaka.kestrelquill.example", 44, "group"),
    DemoOrganization("compliance", "Quill Compliance Services", "Europe/London", "compliance.kestrelquill.example", 30, "group",
          achievements_enabled=False, in_global_achievements=False),
    DemoOrganization("rail", "Tallgrass Rail Cooperative", "America/Chicago", "tallgrassrail.example", 42),
    DemoOrganization("hospitals", "Blue Heron Hospitals", "America/New_York", "blueheron.example", 28,
          in_global_achievements=False),
    DemoOrganization("freelance", "Foxglove Freelance Faculty", "America/Denver", "foxglove.example", 2),
    DemoOrganization("college", "Marrow Hill College", "Australia/Hobart", "marrowhill.example", 24,
          in_global_achievements=False),
)  # fmt: skip


@dataclass(frozen=True)
class Persona:
    """An account to sign in with, and what it is for."""

    username: str
    name: PersonName
    place: str
    role: str
    words: str | Promise
    manages: str = ""
    is_contract_instructor: bool = False


PERSONAS = (
    Persona("admin", PersonName("Ada", "Umbrageous"), "group", ADMINISTRATOR,
            _("administrator of the whole group; may also open /admin/"), manages="group"),
    Persona("instructor", PersonName("Inés", "Larkspur"), "denver", INSTRUCTOR,
            _("organization instructor in Denver: issues to students of Denver alone")),
    Persona("contractor", PersonName("Conrad", "Foxglove"), "freelance", INSTRUCTOR,
            _("contract instructor: issues to every student of the classes he teaches"), is_contract_instructor=True),
    Persona("student", PersonName("Sam", "Thimbleberry"), "denver", STUDENT,
            _("student with badges, classes and assignments")),
    Persona("stranger", PersonName("Strella", "Outerbridge"), "college", STUDENT,
            _("student of an unrelated college: sees nothing of the group")),
)  # fmt: skip

# Colleagues who teach and administer elsewhere; they exist, and nobody signs in as them.
STAFF = (
    Persona("manon", PersonName("Manon", "Vaucanson-Bley"), "lyon", INSTRUCTOR, ""),
    Persona("kazuha", PersonName("和葉", "鶴見沢"), "osaka", INSTRUCTOR, ""),
    Persona("gwilym", PersonName("Gwilym", "Pendragon-Frost"), "compliance", INSTRUCTOR, ""),
    Persona("birgit", PersonName("Birgit", "Sternhagel"), "denver", INSTRUCTOR, ""),
    Persona("lyon-admin", PersonName("Aurèle", "Montgolfière"), "lyon", ADMINISTRATOR, "", manages="lyon"),
    Persona("denver-admin", PersonName("Dakota", "Silverspruce"), "denver", ADMINISTRATOR, "", manages="denver"),
    Persona("college-admin", PersonName("Tasman", "Wattlebird"), "college", ADMINISTRATOR, "", manages="college"),
)

# Places in the list of students, of those who have no e-mail address, and of those who want no achievements.
WITHOUT_EMAIL = {"denver": (4, 17), "osaka": (9,)}
NOT_TAKING_PART = {"denver": (11, 30, 52), "lyon": (6,), "rail": (3,)}


@dataclass
class DemoPeople:
    """Everybody, as the rest of the demo looks them up."""

    places: dict[str, Organization] = field(default_factory=dict)
    staff: dict[str, User] = field(default_factory=dict)
    students: dict[str, list[User]] = field(default_factory=dict)


def earner_id_of(username: str) -> uuid.UUID:
    """Always the same, and nothing in the product changes it: by this the demo knows its own accounts again."""
    return uuid.uuid5(uuid.NAMESPACE_DNS, f"{username}.demo.laurel.example")


def add_people(at: datetime) -> DemoPeople:
    """Everybody, in few statements. The persona `student` is also the first of Denver's students."""
    people = DemoPeople(places=_add_places())
    # Hashed once for all five: a hash is made to be slow.
    passwords = dict.fromkeys((persona.username for persona in PERSONAS), make_password(PASSWORD))
    accounts = [
        _account(persona, people.places, passwords.get(persona.username) or make_password(None), at)
        for persona in (*PERSONAS, *STAFF)
    ]
    names = iter(everybody())
    for place in PLACES:
        people.students[place.key] = list(_students(place, people.places[place.key], names, at))
    User.objects.bulk_create([*accounts, *(user for students in people.students.values() for user in students)])
    people.staff = {user.username: user for user in accounts}
    for username, key in (("student", "denver"), ("stranger", "college")):
        people.students[key].insert(0, people.staff[username])
    _give_roles(people)
    return people


def _add_places() -> dict[str, Organization]:
    """One by one, since a child needs its parent's id."""
    places: dict[str, Organization] = {}
    for place in PLACES:
        places[place.key] = Organization.objects.create(
            name=place.name,
            parent=places[place.parent] if place.parent else None,
            time_zone=place.time_zone,
            achievements_enabled=place.achievements_enabled,
            in_global_achievements=place.in_global_achievements,
            uses_contract_instructors=place.uses_contract_instructors,
        )
    return places


def _account(persona: Persona, places: dict[str, Organization], password: str, at: datetime) -> User:
    domain = next(place.domain for place in PLACES if place.key == persona.place)
    return User(
        username=persona.username,
        first_name=persona.name.first,
        last_name=persona.name.last,
        email=f"{persona.username}@{domain}",
        organization=places[persona.place],
        password=password,
        earner_id=earner_id_of(persona.username),
        is_staff=persona.role == ADMINISTRATOR,
        is_contract_instructor=persona.is_contract_instructor,
        participates_in_achievements=places[persona.place].achievements_enabled,
        date_joined=at - timedelta(days=420),
    )


def _students(
    place: DemoOrganization, organization: Organization, names: Iterator[PersonName], at: datetime
) -> Iterator[User]:
    for number in range(place.students):
        name = next(names)
        username = f"{_latin(name) or 'learner'}.{place.key}{number:03}"
        has_email = number not in WITHOUT_EMAIL.get(place.key, ())
        yield User(
            username=username,
            first_name=name.first,
            last_name=name.last,
            email=f"{username}@{place.domain}" if has_email else "",
            organization=organization,
            password=make_password(None),
            earner_id=earner_id_of(username),
            participates_in_achievements=place.achievements_enabled
            and number not in NOT_TAKING_PART.get(place.key, ()),
            date_joined=at - timedelta(days=400 - number),
        )


def _latin(name: PersonName) -> str:
    """The beginning of an address: `jose.pena` for José Peña; empty for a name in another script."""
    plain = unicodedata.normalize("NFKD", f"{name.first.split()[0]} {name.last}".lower())
    words = "".join(letter for letter in plain if letter.isascii() and (letter.isalpha() or letter == " ")).split()
    return ".".join(words[:2])[:40]


def _give_roles(people: DemoPeople) -> None:
    groups = {group.name: group.pk for group in Group.objects.filter(name__in=[STUDENT, INSTRUCTOR, ADMINISTRATOR])}
    staff = [(people.staff[persona.username].pk, persona) for persona in (*PERSONAS, *STAFF)]
    roles = {(user_id, groups[persona.role]) for user_id, persona in staff}
    roles |= {(user.pk, groups[STUDENT]) for students in people.students.values() for user in students}
    membership = User.groups.through
    membership.objects.bulk_create(
        membership(user_id=user_id, group_id=group_id) for user_id, group_id in sorted(roles)
    )
    management = User.managed_organizations.through
    management.objects.bulk_create(
        management(user_id=user_id, organization_id=people.places[persona.manages].pk)
        for user_id, persona in staff
        if persona.manages
    )
