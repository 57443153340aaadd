"""Every page of the product, and every component, stands before axe; in both widths and both colour schemes."""

import datetime as dt
import itertools
import os
import uuid
from operator import itemgetter

import pytest
from django.urls import get_resolver, reverse
from django.utils import timezone

from badges.issuing import Source, issue_many
from badges.models import BadgeProvider, Via
from tests.addresses import url_names
from tests.e2e.conftest import NARROW, WIDE, beyond, shoot
from tests.factories import (
    PAST,
    AchievementFactory,
    BadgeFactory,
    BadgeProviderFactory,
    BadgeTemplateFactory,
    ClassFactory,
    CourseActivityFactory,
    CourseAssignmentFactory,
    CourseFactory,
    EarnedAchievementFactory,
    EnrollmentFactory,
    HoldFactory,
    IssuedBadgeFactory,
    LabFactory,
    LearningPathCourseFactory,
    LearningPathFactory,
    SavedViewFactory,
    StudentFactory,
    SweepFactory,
    TrainingRecordFactory,
)

pytestmark = pytest.mark.long


@pytest.fixture
def teaching(world):
    """A class that runs now and one to come, and some rewards."""
    now = timezone.now()
    for name, hours in [("Securing Networks", -2), ("Hardening Linux Servers", 30), ("Incident Response", 80)]:
        klass = ClassFactory.create(
            name=name,
            organization=world.academy,
            course=world.course,
            instructors=[world.instructor],
            starts_at=now + dt.timedelta(hours=hours),
            time_zone="Europe/Paris",
        )
        EnrollmentFactory.create_batch(3, klass=klass)
    for name in ("Network Defender", "Incident Commander", "Lab Rat", "First Steps", "Cloud Builder", "Mentor"):
        badge = BadgeFactory.create(name=name, organization=world.academy)
        IssuedBadgeFactory.create(badge=badge, student=world.student)
    achievement = AchievementFactory.create(name="Ten Labs in One Day", points=120, organization=world.academy)
    EarnedAchievementFactory.create(achievement=achievement, user=world.student)
    SweepFactory.create(finished_at=now)
    return world


@pytest.mark.parametrize("persona", ["administrator", "instructor", "student", "stranger"])
def test_home(teaching, page_as, axe, persona):
    page = page_as(getattr(teaching, persona))

    page.goto("/")

    shoot(page, f"home-{persona}")
    axe(page)


def test_sign_in(world, anonymous_page, axe):
    anonymous_page.goto("/")

    shoot(anonymous_page, "sign-in")
    axe(anonymous_page)


def test_password_change(world, page_as, axe):
    page = page_as(world.student)

    page.goto("/password/")

    shoot(page, "password")
    axe(page)


def test_no_such_page(world, page_as, axe, complaints):
    page = page_as(world.student)

    page.goto("/nowhere/")

    shoot(page, "404")
    axe(page)
    complaints.expect("404")


# Every page that answers a GET, who opens it, and what its address names. Dialogs are pages too.
PAGES = [
    ("classes:list", "instructor", ""),
    ("classes:details", "instructor", "klass"),
    ("classes:roster", "instructor", "klass"),
    ("classes:issue_badge", "instructor", "klass enrollment"),
    ("classes:wrap_up", "instructor", "klass"),
    ("classes:wrap_up_choose_badges", "instructor", "klass"),
    ("classes:issue_badges", "instructor", "klass"),
    ("classes:choose_badges", "instructor", "klass"),
    ("classes:choose_students", "instructor", "klass"),
    ("classes:transcript", "student", ""),
    ("audit", "administrator", ""),
    ("courses:assignments", "administrator", ""),
    ("courses:assignment", "administrator", "assignment"),
    ("courses:issue_badge", "administrator", "assignment"),
    ("courses:paths", "student", ""),
    ("courses:path", "student", "path"),
    ("courses:path_of", "administrator", "path student"),
    ("courses:path_create", "administrator", ""),
    ("courses:path_edit", "administrator", "path"),
    ("courses:path_courses", "administrator", "path"),
    ("courses:choose_courses", "administrator", "path"),
    ("classes:transcript_of", "administrator", "student"),
    ("achievements:users", "administrator", ""),
    ("listing:saved_view", "administrator", "view"),
    ("achievements:user", "administrator", "student"),
    ("achievements:timeline", "administrator", "student"),
    ("achievements:participation", "student", "student"),
    ("achievements:path_badge", "administrator", "path"),
    ("achievements:list", "administrator", ""),
    ("achievements:create", "administrator", ""),
    ("achievements:details", "administrator", "achievement"),
    ("achievements:edit", "administrator", "achievement"),
    ("achievements:holds", "administrator", ""),
    ("achievements:hold", "administrator", "hold"),
    ("achievements:ask", "instructor", "student"),
    ("achievements:why", "student", "achievement student"),
    ("achievements:preview", "administrator", "achievement"),
    ("achievements:history", "administrator", "achievement"),
    ("achievements:choose_badge", "administrator", "academy"),
    ("achievements:choose", "administrator", "academy row name"),
    ("achievements:filter_badges", "administrator", ""),
    ("achievements:filter_organizations", "administrator", ""),
    ("achievements:mine", "student", ""),
    ("achievements:sweeps", "administrator", ""),
    ("achievements:undelivered", "administrator", ""),
    ("achievements:sweep", "administrator", "sweep"),
    ("achievements:sweep_awards", "administrator", "sweep"),
    ("achievements:sweep_problems", "administrator", "sweep"),
    ("achievements:freshness", "administrator", ""),
    ("badges:list", "administrator", ""),
    ("badges:create", "administrator", ""),
    ("badges:issued", "administrator", ""),
    ("badges:adoption", "administrator", ""),
    ("badges:profile", "administrator", "badge"),
    ("badges:edit", "administrator", "badge"),
    ("badges:delete", "administrator", "badge"),
    ("badges:providers", "administrator", ""),
    ("badges:provider_create", "administrator", ""),
    ("badges:provider", "administrator", "provider"),
    ("badges:provider_edit", "administrator", "provider"),
    ("badges:provider_templates", "administrator", "provider"),
    ("badges:provider_webhook", "administrator", "provider"),
    ("badges:provider_rotate", "administrator", "issuer"),
    ("badges:issuances", "instructor", ""),
    ("badges:issuance", "instructor", "batch"),
    ("badges:issued_badge", "administrator", "waiting"),
    ("badges:readdress", "administrator", "waiting"),
    ("badges:resend", "administrator", "waiting"),
    ("badges:reissue", "administrator", "revoked"),
    ("classes:issued_badges", "instructor", "klass batch"),
    ("classes:add_students", "administrator", "klass"),
    ("password_change_done", "student", ""),
    ("search", "administrator", ""),
    ("brands", "administrator", ""),
    ("brand", "administrator", "academy"),
    ("undo_time", "administrator", "academy"),
    ("attention", "administrator", ""),
    ("attention", "instructor", ""),
    ("badges:badge_page", "student", "issued"),
    ("badges:share", "student", "issued"),
    ("badges:verify", "stranger", "issued"),
    ("badges:embed", "stranger", "issued"),
]
# Tested above or in test_password_journeys, or no pages: they only take POST, or answer programs.
OTHERS = {"home", "sign_in", "password_change", "sign_out", "health", "alive", "metrics", "media", "brand_styles"} | {
    "password_forgotten",
    "password_set",
    "sessions",
    "courses:complete_assignment",
    "courses:add_to_path",
    "achievements:path_award",
    "achievements:of",
    "achievements:address",
    "achievements:run_sweep",
    "achievements:sweep_health",
    "achievements:conditions",
    "achievements:enable",
    "achievements:disable",
    "achievements:copy",
    "achievements:preview_new",
    "attention_count",
    "attention_address",
    "attention_template",
    "attention_retry",
    "save_columns",
    "listing:save_view",
    "listing:replace_view",
    "listing:copy_view",
    "listing:delete_view",
    "choose_language",
    "badges:manual_issuance",
    "badges:retry",
    "badges:retry_issuance",
    "badges:undo_issuance",
    "badges:send_issuance",
    "badges:revoke",
    "badges:sharing",
    "badges:share_at",
    "badges:shared",
    "badges:letter",
    "badges:oembed",
    "badges:credential",
    "badges:token",
    "badges:baked_png",
    "badges:baked_svg",
    "badges:achievement",
    "badges:issuer",
    "badges:did",
    "badges:key",
    "badges:status_list",
    "badges:webhook",
    "badges:provider_import",
    "badges:provider_refresh",
    "badges:provider_test",
    "badges:provider_pause",
    "badges:provider_resume",
    "badges:provider_ask_now",
}


def test_every_page_stands_before_axe():
    tested = {name for name, _persona, _names in PAGES}

    known, there = tested | OTHERS, set(url_names(get_resolver()))

    assert there - known == set(), "add it to PAGES, or to OTHERS if it answers with no page"
    assert known - there == set(), "there is no such address any more"


def walked_path(world):
    """A path with an exam, of which the student has completed one course and begun another."""
    exam = LabFactory.create(
        name="Practical exam of the network defenders", organization=world.academy, is_exam=True, passing_score=70
    )
    path = LearningPathFactory.create(
        name="Network Defender",
        description="From the first packet to the last alarm.",
        organization=world.academy,
        audience_level="advanced",
        exam=exam,
    )
    names = (
        "Securing Networks",
        "Hardening Linux Servers and What Runs on Them, With a Name That Goes On",
        "Incident Response",
    )
    for position, name in enumerate(names, start=1):
        course = CourseFactory.create(name=name, organization=world.academy, description="Two days with labs.")
        LearningPathCourseFactory.create(learning_path=path, course=course, position=position)
        CourseActivityFactory.create(course=course, kind="lab", lab=LabFactory.create(organization=world.academy))
        if position < 3:
            TrainingRecordFactory.create(
                user=world.student, course=course, **({} if position == 1 else {"completed_at": None})
            )
        assigned = {"completed_at": PAST} if position == 1 else {"started_at": PAST} if position == 2 else {}
        CourseAssignmentFactory.create(student=world.student, course=course, **assigned)
    for score in (4, 3):
        TrainingRecordFactory.create(user=world.student, course=None, lab=exam, passed=False, score=score, max_score=7)
    badge = BadgeFactory.create(name="Path walker", organization=world.academy)
    for name, conditions in (
        ("Ten courses, and none of them twice", [{"Subject": 10, "Count": 10, "Distinct": True, "Complete": True}]),
        ("All three", [{"Subject": 10, "Count": 3, "Complete": True}, {"Subject": 0, "Count": 1, "Passed": True}]),
        ("A thousand points", [{"Subject": 40, "Points": 1000}]),
        ("Five labs on one day", [{"Subject": 0, "Count": 5, "SingleDay": True, "MinMinutesSpent": 20}]),
    ):
        AchievementFactory.create(name=name, organization=world.academy, badge=badge, points=25, conditions=conditions)
    return path


def batch_of(world):
    """One press of Issue Badges with a success and a failure, long enough ago for its provider to have answered."""
    badge = BadgeFactory.create(organization=world.academy)
    IssuedBadgeFactory.create(badge=badge, student=world.guest)
    batch = issue_many(
        badges=[badge],
        students=[world.student, world.guest],
        source=Source(Via.ROSTER, world.klass.pk, world.klass.name),
        organization=world.academy,
        issued_by=world.instructor,
        at=timezone.now(),
        key=uuid.uuid4(),
    ).batch
    batch.issued_badges.update(delivery="delivered", delivered_at=timezone.now())
    return batch


def troubled_provider(world):
    """A provider about whose state there is much to say."""
    now = timezone.now()
    provider = BadgeProviderFactory.create(
        name="IPC-Credly of the Academy for Industrial Training and Continuing Education",
        organization=world.academy,
        kind="credly",
        provider_organization_id="8f1f2b4e-6c1a-4d52-9a57-2b6a3f1c0d11",
        api_url="https://sandbox-api.credly.example/v1",
        encrypted_token="stored",
        webhook_digest="0" * 64,
        paused_at=now,
        pause_reason="Credly does not accept the token: it is wrong, or it has ended.",
        token_expires_at=now + dt.timedelta(days=12),
        last_error_at=now,
        last_error="Credly does not accept the token: it is wrong, or it has ended.",
        templates_read_at=now,
    )
    provider.available_to.add(world.academy)
    for name, state in [("Fiber Optics", "archived"), ("Soldering", "active"), ("Crimping", "active")]:
        template = BadgeTemplateFactory.create(
            provider=provider, name=name, state=state, allows_duplicates=name == "Soldering"
        )
        badge = BadgeFactory.create(
            name=f"{name} {provider.pk}",
            organization=world.academy,
            provider=provider,
            provider_template_id=template.external_id,
        )
        message = "Validation failed: Recipient email is invalid"
        IssuedBadgeFactory.create(
            badge=badge, student=world.student, delivery="failed", status="pending", failure_message=message
        )
    BadgeTemplateFactory.create(provider=provider, name="Not imported yet, and with a name that goes on for a while")
    return provider


def waiting_badge(world):
    """A badge that its student has not accepted yet."""
    return IssuedBadgeFactory.create(
        badge=BadgeFactory.create(organization=world.academy, provider=troubled_provider(world)),
        student=world.student,
        issued_by=world.instructor,
        source_words="Securing Networks",
        status="pending",
        external_id="7d0c8a52-52c4-4e36-8ee4-3a1a0e6f2b11",
        accept_url="https://www.credly.example/badges/7d0c8a52-52c4-4e36-8ee4-3a1a0e6f2b11/accept",
    )


def revoked_badge(world):
    return IssuedBadgeFactory.create(
        badge=BadgeFactory.create(organization=world.academy),
        student=world.student,
        status="revoked",
        revoked_at=timezone.now(),
        revoked_by=world.administrator,
        revocation_reason="Given to the wrong student of the same name.",
    )


@pytest.fixture
def things(teaching):
    """Ids by the names that PAGES uses for them."""
    return {
        "klass": teaching.klass.pk,
        "enrollment": teaching.enrollment.pk,
        "student": teaching.student.pk,
        "achievement": AchievementFactory.create(organization=teaching.academy).pk,
        "academy": teaching.academy.pk,
        "row": 0,
        "name": "course_ids",
        "hold": HoldFactory.create(achievement__organization=teaching.academy).pk,
        "sweep": SweepFactory.create().pk,
        "path": walked_path(teaching).pk,
        "view": SavedViewFactory.create(owner=teaching.administrator, organization=teaching.academy).pk,
        "assignment": CourseAssignmentFactory.create(student=teaching.student, course=teaching.course).pk,
        "badge": BadgeFactory.create(organization=teaching.academy).pk,
        "batch": batch_of(teaching).pk,
        "waiting": waiting_badge(teaching).pk,
        "revoked": revoked_badge(teaching).pk,
        "provider": BadgeProvider.objects.get(kind="credly").pk,
        "issuer": BadgeProviderFactory.create(organization=teaching.academy).pk,
        "issued": IssuedBadgeFactory.create(student=teaching.student).public_id,
    }


def some_pages():
    """PAGES in groups of one persona, small enough to be shared out: what they show takes longer to make than to look at."""
    by_persona = sorted(PAGES, key=itemgetter(1))
    for persona, pages in itertools.groupby(by_persona, key=itemgetter(1)):
        yield from ((persona, some) for some in itertools.batched(pages, 10, strict=False))


SIZES = {"narrow": NARROW, "wide": WIDE}
# By how much tables that are shown are wider than their frames.
CUT_TABLES = """[...document.querySelectorAll(".table-frame")].filter(frame => !frame.closest("details:not([open])"))
    .map(frame => frame.scrollWidth - frame.clientWidth).filter(cut => cut > 0)"""
# What stands in cells that are lower than it, and runs into the next.
LOW_CELLS = """[...document.querySelectorAll("td")].filter(cell => getComputedStyle(cell).display === "grid")
    .filter(cell => cell.scrollHeight > cell.clientHeight + 1).map(cell => cell.textContent.trim())"""
# German words are long: what has room for them has room for the English ones. The journeys look at English pages.
LANGUAGES = ["de", "en"] if {os.environ.get("AXE_EVERY"), os.environ.get("SCREENSHOTS")} & {"1"} else ["de"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("persona", "pages"), list(some_pages()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_pages(teaching, things, page_as, axe, subtests, persona, pages, language):
    page = page_as(getattr(teaching, persona), locale={"de": "de-DE", "en": "en-US"}[language])

    for url_name, _persona, names in pages:
        with subtests.test(url_name):
            answer = page.goto(reverse(url_name, args=[things[name] for name in names.split()]))

            assert answer is not None
            assert answer.status == 200
            assert page.locator("html").get_attribute("lang") == language
            widths = {
                name: (beyond(page, size), page.evaluate(CUT_TABLES), page.evaluate(LOW_CELLS))
                for name, size in SIZES.items()
            }
            assert widths == {"narrow": (0, [], []), "wide": (0, [], [])}
            name = url_name.replace(":", "-")
            shoot(page, name if language == "en" else f"{name}-{language}")
            axe(page)


def test_design(teaching, page_as, axe):
    page = page_as(teaching.administrator)

    page.goto("/admin/design/")

    shoot(page, "design")
    axe(page)


@pytest.mark.urls("tests.gallery")
@pytest.mark.parametrize(
    "path", ["list/", "list/?sort=-name&is_active=true&q=sam", "list/?q=nobody", "choose/", "form/"]
)
def test_gallery(teaching, page_as, axe, path):
    StudentFactory.create_batch(60, organization=teaching.academy)
    page = page_as(teaching.student)

    page.goto(f"/gallery/{path}")

    shoot(
        page, "gallery-" + path.partition("/")[0] + ("-found" if "sam" in path else "-none" if "nobody" in path else "")
    )
    axe(page)
