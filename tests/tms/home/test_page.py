import datetime as dt
import re
from html import unescape

import pytest
from django.urls import reverse
from django.utils import timezone

from badges.models import Via
from classes.models import Class
from tests.factories import (
    AchievementFactory,
    AdministratorFactory,
    BadgeFactory,
    ClassFactory,
    CourseAssignmentFactory,
    EarnedAchievementFactory,
    EnrollmentFactory,
    HoldFactory,
    IssuanceBatchFactory,
    IssuanceItemFactory,
    IssuedBadgeFactory,
    StudentFactory,
    SweepFactory,
    TrainingRecordFactory,
)
from tests.tms.attention.troubles import teaching_trouble
from tms.home.page import home_of

NOON = dt.datetime(2026, 5, 6, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
FILLED = re.compile(r'class="button (?:gold|primary)[" ]')
# A link whose words begin with a number.
NUMBER = re.compile(r'<a [^>]*?href="([^"]*)"[^>]*>\s*(?:<strong>)?\s*([\d,]+)\b(.*?)</a>', re.DOTALL)
WAITING = {"status": "pending", "delivery": "delivered", "accept_url": "https://www.credly.com/accept"}


def klass_of(person, *, starts_at, hours=8, students=1):
    klass = ClassFactory.create(
        organization=person.organization,
        instructors=[person],
        starts_at=starts_at,
        ends_at=starts_at + hours * HOUR,
    )
    EnrollmentFactory.create_batch(students, klass=klass)
    return klass


def make(world, person, task, *, at):
    """What has the person do this."""
    match task:
        case "late":
            SweepFactory.create(started_at=at - 3 * HOUR, finished_at=at - 2 * HOUR)
        case "wrap_up":
            klass_of(person, starts_at=at - 9 * HOUR)
        case "attention":
            HoldFactory.create(achievement__organization=world.academy)
        case "class":
            klass_of(person, starts_at=at + HOUR)
        case "accept":
            IssuedBadgeFactory.create(student=person, issued_at=at - HOUR, **WAITING)
        case "next_class":
            klass_of(person, starts_at=at + 48 * HOUR)
        case "goal":
            conditions = [{"Subject": 10, "Count": 4, "Complete": True}]
            AchievementFactory.create(organization=person.organization, conditions=conditions)
            TrainingRecordFactory.create(user=person)


TASKS = ["late", "wrap_up", "attention", "class", "accept", "next_class", "goal"]


@pytest.fixture
def everything(world):
    """Somebody who is administrator, instructor and student at once."""
    return AdministratorFactory.create(organization=world.academy)


@pytest.mark.parametrize("first", range(len(TASKS) + 1))
def test_what_is_most_urgent_comes_first(world, everything, first):
    for task in TASKS[first:]:
        make(world, everything, task, at=NOON)
    IssuedBadgeFactory.create(student=everything)

    assert home_of(everything, at=NOON).task == [*TASKS, ""][first]


@pytest.mark.parametrize("task", TASKS)
def test_the_page_has_one_filled_button_and_it_is_that_of_the_task(world, everything, signed_in, task):
    for other in TASKS[TASKS.index(task) :]:
        make(world, everything, other, at=timezone.localtime().replace(hour=11))

    IssuedBadgeFactory.create(student=everything)

    text = signed_in(everything).get("/").text

    assert len(FILLED.findall(text)) == 1
    assert len(FILLED.findall(text.partition('class="next-step"')[2].partition("</section>")[0])) == 1


def test_who_is_everything_sees_all_sections(world, everything, signed_in):
    make(world, everything, "class", at=timezone.now())
    IssuedBadgeFactory.create(student=everything)

    text = signed_in(everything).get("/").text.partition("</main>")[0]

    ids = ["today", "to-come", "figures", "latest", "my-badges", "my-training", "my-achievements"]
    assert re.findall(r'<h2 id="([\w-]+)"', text)[-7:] == ids


@pytest.mark.parametrize(
    ("persona", "has_rewards"),
    [("student", True), ("stranger", True), ("instructor", False), ("contractor", False), ("administrator", False)],
)
def test_rewards_without_a_reward_are_shown_to_learners(world, persona, has_rewards):
    assert (home_of(world.personas[persona], at=NOON).learning is not None) is has_rewards


@pytest.mark.parametrize(
    ("fault", "needs_attention"), [("none", False), ("hold", True), ("decided", False), ("failed", True)]
)
def test_what_waits_for_somebody_needs_attention(world, fault, needs_attention):
    if fault in ("hold", "decided"):
        decision = "waiting" if fault == "hold" else "approved"
        HoldFactory.create(achievement__organization=world.academy, decision=decision)
    if fault == "failed":
        IssuedBadgeFactory.create(badge__organization=world.academy, delivery="failed")

    assert home_of(world.administrator, at=NOON).needs_attention is needs_attention


def test_what_did_not_arrive_leads_those_who_teach_to_needs_attention(world, signed_in):
    teaching_trouble(world)
    Class.objects.all().delete()

    home = signed_in(world.instructor).get("/")

    assert (home.context["home"].task, home.context["home"].undelivered) == ("attention", 2)
    assert f'<a class="button gold" href="{reverse("attention")}">' in home.text


def test_empty_rewards_say_so(world, signed_in):
    body = signed_in(world.student).get("/").text

    assert ("No badge yet." in body, "No achievement yet." in body) == (True, True)
    assert '<a class="button" href="/rewards/">' in body
    assert "View all…" not in body


def test_who_takes_no_part_in_achievements_has_no_room_for_them(world, signed_in):
    world.student.participates_in_achievements = False
    world.student.save()

    body = signed_in(world.student).get("/").text

    assert ('id="my-badges"' in body, 'id="my-achievements"' in body) == (True, False)


def test_days_without_a_class_are_shown_to_those_who_only_teach(world, signed_in):
    IssuanceItemFactory.create(batch=IssuanceBatchFactory.create(issued_by=world.administrator))
    instructor, administrator = (signed_in(person).get("/").text for person in (world.instructor, world.administrator))

    empty, issued = "You teach no class today.", "Issued by you"
    assert [(empty in text, issued in text) for text in (instructor, administrator)] == [(True, False), (False, True)]


def test_an_issuance_that_failed_says_so_and_for_how_many(world, signed_in):
    batch = IssuanceBatchFactory.create(issued_by=world.administrator)
    for _ in range(2):
        IssuanceItemFactory.create(batch=batch, code="already_held")

    text = signed_in(world.administrator).get("/").text

    said = ["No badge was issued", "2 failed", "2 students", "0 badges"]
    assert [words in text for words in said] == [True, True, True, False]


def test_a_late_sweep_is_said_to_administrators_alone(world, signed_in):
    SweepFactory.create(started_at=NOON - 2 * HOUR, finished_at=NOON - 2 * HOUR)

    texts = [signed_in(person).get("/").text for person in (world.administrator, world.instructor)]

    assert ["The sweep is late" in text for text in texts] == [True, False]


def counted(response):
    """How many the page behind a number has."""
    if "listing" in response.context:
        return response.context["listing"].count
    if "outcome" in response.context:
        return len(response.context["outcome"].issued)
    return len(response.context["rewards"].badges)


def test_every_number_leads_to_as_many(world, everything, signed_in):
    now = timezone.now()
    SweepFactory.create(finished_at=now)
    klass = klass_of(everything, starts_at=now - 9 * HOUR, students=3)
    klass_of(everything, starts_at=now - HOUR, students=2)
    klass_of(everything, starts_at=now + 48 * HOUR, students=2)
    for status in ("complete", "no_show"):
        completed_at = now if status == "complete" else None
        EnrollmentFactory.create(klass=klass, completion_status=status, completed_at=completed_at)
    EnrollmentFactory.create(klass=klass, enrollment_status="requested")
    klass_of(everything, starts_at=now - 30 * HOUR, students=2)
    badge = BadgeFactory.create(name="Diver", organization=world.academy)
    BadgeFactory.create(name="Deep Diver", organization=world.academy)
    batch = IssuanceBatchFactory.create(organization=world.academy, issued_by=everything, created_at=now)
    for via, days in ((Via.ROSTER, 0), (Via.ROSTER, 3), (Via.ACHIEVEMENT, 8), (Via.ASSIGNMENT, 9), (Via.ADMIN, 40)):
        student = StudentFactory.create(organization=world.academy)
        row = IssuedBadgeFactory.create(
            badge=badge, student=student, via=via, issued_at=now - dt.timedelta(days=days), batch=batch
        )
        IssuanceItemFactory.create(batch=batch, badge=badge, student=student, issued_badge=row, code="", message="")
    for values in ({"status": "rejected"}, {"delivery": "failed", "status": "pending"}, WAITING):
        IssuedBadgeFactory.create(badge=badge, issued_at=now, **values)
    IssuedBadgeFactory.create(student=everything, issued_at=now)
    CourseAssignmentFactory.create(student=everything, expires_at=None)
    CourseAssignmentFactory.create(student=world.student, cancelled_at=now)
    HoldFactory.create(achievement__organization=world.academy)
    AchievementFactory.create(organization=world.academy, is_enabled=False)
    client = signed_in(everything)

    links = NUMBER.findall(client.get("/").text.partition("<main")[2])
    found = {(unescape(address), int(number.replace(",", ""))) for address, number, _words in links}

    assert len(found) > 20
    assert {(address, counted(client.get(address))) for address, _number in found} == found


def test_a_student_s_numbers_lead_to_as_many(world, signed_in):
    for _ in range(2):
        IssuedBadgeFactory.create(student=world.student)
    client = signed_in(world.student)

    links = NUMBER.findall(client.get("/").text.partition("<main")[2])

    assert [(address, int(number), counted(client.get(address))) for address, number, _words in links[:1]] == [
        ("/rewards/", 2, 2)
    ]


@pytest.mark.parametrize("number", [1, 3])
def test_home_takes_the_same_queries_for_one_of_everything_and_for_three(
    world, everything, signed_in, django_assert_num_queries, number
):
    for _ in range(number):
        for task in TASKS[1:]:
            make(world, everything, task, at=timezone.now())
        EarnedAchievementFactory.create(user=everything)
        IssuedBadgeFactory.create(badge__organization=world.academy, issued_at=timezone.now())
    SweepFactory.create(finished_at=timezone.now())
    client = signed_in(everything)

    with django_assert_num_queries(40):  # session, person, organization, 2 of permissions; home's 35
        assert client.get("/").status_code == 200
