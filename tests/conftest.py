"""One umbrella organization with a child and an outsider, and the five personas."""

import gc
import os
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.conf import settings as django_settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.template import Context, Template
from django.test import Client
from django.test import utils as test_utils
from django.test.signals import template_rendered
from django.utils import translation
from django.utils.safestring import SafeString
from hypothesis import HealthCheck, settings

from classes.models import Class, Enrollment
from courses.models import Course
from organizations.models import Organization, User
from organizations.sign_in.sessions import STAMP
from tests.factories import (
    AdministratorFactory,
    ClassFactory,
    CourseFactory,
    EnrollmentFactory,
    InstructorFactory,
    OrganizationFactory,
    StudentFactory,
    UserFactory,
)
from tests.standing import stand

pytest_plugins = ["tests.credly.fixtures"]

# A busy machine is no fault of an example.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first, in whatever order they are."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def pytest_collection_finish() -> None:
    """What was imported stays: a collector that looks through it again and again takes an eighth of the suite's time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _render(template: Template, context: Context) -> SafeString:
    """Tells the client of the page. Django's own tells of each icon and row in it as well, and copies all it has."""
    if context.template is template:
        template_rendered.send(sender=template, template=template, context=context)
    return template.nodelist.render(context)


test_utils.instrumented_test_render = _render  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def _language() -> Iterator[None]:
    """A request sets its language, and the next one its own: a test that asks for none has the site's."""
    yield
    translation.deactivate()


@pytest.fixture(scope="session")
def django_db_keepdb(request) -> bool:
    """Where the server is thrown away, nobody drops its databases: a page that is still open may ask for one more."""
    return "DATABASE_IS_THROWN_AWAY" in os.environ or request.config.getvalue("reuse_db")


@dataclass
class World:
    """`umbrella` above `academy`, whose `klass` has one student of the academy and one of the `partner`; `outside` has
    nothing to do with any of them. The contractor belongs to `outside` and teaches `klass` beside the instructor."""

    umbrella: Organization
    academy: Organization
    partner: Organization
    outside: Organization
    administrator: User
    instructor: User
    contractor: User
    student: User
    guest: User
    stranger: User
    course: Course
    klass: Class
    enrollment: Enrollment
    guest_enrollment: Enrollment

    @property
    def personas(self) -> dict[str, User]:
        """The five personas by name."""
        names = ("administrator", "instructor", "contractor", "student", "stranger")
        return {name: getattr(self, name) for name in names}


def build_world() -> World:
    umbrella = OrganizationFactory.create(name="Umbrella")
    academy = OrganizationFactory.create(name="Academy", parent=umbrella, uses_contract_instructors=True)
    partner = OrganizationFactory.create(name="Partner")
    outside = OrganizationFactory.create(name="Outside")
    instructor = InstructorFactory.create(organization=academy)
    contractor = InstructorFactory.create(organization=outside, is_contract_instructor=True)
    course = CourseFactory.create(organization=academy, published_to=[academy])
    klass = ClassFactory.create(organization=academy, course=course, instructors=[instructor, contractor])
    student = StudentFactory.create(organization=academy)
    guest = StudentFactory.create(organization=partner)
    return World(
        umbrella=umbrella,
        academy=academy,
        partner=partner,
        outside=outside,
        administrator=AdministratorFactory.create(organization=umbrella),
        instructor=instructor,
        contractor=contractor,
        student=student,
        guest=guest,
        stranger=UserFactory.create(organization=outside),
        course=course,
        klass=klass,
        enrollment=EnrollmentFactory.create(klass=klass, student=student),
        guest_enrollment=EnrollmentFactory.create(klass=klass, student=guest),
    )


@pytest.fixture
def world(db) -> World:
    return stand(build_world)


# Whatever clock a test has, and without a query to keep that the session is used.
NEVER_OVER = {"since": 4102444800.0, "seen": 4102444800.0}


@pytest.fixture
def signed_in():
    """A client signed in as the given user: with a session as signing in leaves one, in one statement."""

    def sign_in(user: User) -> Client:
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "organizations.sign_in.authentication.NameOrEmailBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session[STAMP] = NEVER_OVER
        session.create()
        client = Client()
        client.cookies[django_settings.SESSION_COOKIE_NAME] = str(session.session_key)
        return client

    return sign_in
