"""One badge for one student: what is offered, issued, and said of it."""

import uuid
from typing import Any

import pytest
from django.http import QueryDict
from django.test import RequestFactory

from badges.held.choosing import OneBadgeForm, badges_to_choose, closing_after, issue_chosen, say_issued
from badges.issuing import Source
from badges.issuing.reports import Refusal
from badges.models import Badge, IssuedBadge, Via
from classes.rosters import offered_badges
from listing.lists import Choice
from tests.factories import PAST, BadgeFactory, IssuedBadgeFactory


@pytest.fixture
def issue(world, badge):
    """What a form with this badge, pressed for the student of the class, comes to: the row, and the form."""

    def press(chosen=badge, *, refusals=None, **sent):
        data = QueryDict(mutable=True)
        data.update({"badge": str(chosen.pk), "key": str(uuid.uuid4())} | sent)
        form = OneBadgeForm(data, offered=Badge.objects.all())
        assert form.is_valid(), form.errors
        return issued(world, form, refusals or {}), form

    return press


def issued(world, form, refusals):
    return issue_chosen(
        form,
        student=world.student,
        source=Source(via=Via.ROSTER, id=world.klass.pk, words="Morning"),
        organization=world.academy,
        issued_by=world.instructor,
        at=PAST,
        refusals=refusals,
    )


def said(form):
    return form.errors.get("badge", [])


@pytest.mark.parametrize(
    ("sent", "errors"),
    [
        ({"badge": "own"}, {}),
        ({"badge": ""}, {"badge": ["Choose a badge first."]}),
        ({"badge": "other"}, {"badge": ["This badge is not available here. Choose another one."]}),
        ({"badge": "own", "key": "x"}, {"key": ["Enter a valid UUID."]}),
    ],
)
def test_only_an_offered_badge_is_a_choice(badge, sent, errors):
    ids = {"own": str(badge.pk), "other": str(BadgeFactory.create().pk)}
    data = {"key": str(uuid.uuid4())} | {name: ids.get(value, value) for name, value in sent.items()}

    form = OneBadgeForm(data, offered=Badge.objects.filter(pk=badge.pk))

    assert form.errors == errors


def test_badges_of_the_course_come_first_and_are_searched_by_name(world, rf_of):
    for name in ("Alpha", "Beta"):
        BadgeFactory.create(name=name, organization=world.academy)
    world.course.badges.add(Badge.objects.get(name="Beta"))
    choice = Choice("badge", form="choose", many=False)

    found = [
        [row.name for row in badges_to_choose(rf_of(query), offered_badges(world.klass), choice).page]
        for query in ("", "q=alp")
    ]

    assert found == [["Beta", "Alpha"], ["Alpha"]]


@pytest.fixture
def rf_of(world):
    """A request of the instructor with this query."""

    def request(query):
        made: Any = RequestFactory().get(f"/?{query}")
        made.user = world.instructor
        made.htmx = False
        return made

    return request


def test_an_issued_badge_is_there_and_said_so(issue, badge, world):
    row, form = issue()

    assert (row.badge, row.student, row.delivery, form.errors) == (badge, world.student, "delivered", {})
    assert say_issued(row) == f"Successfully Issued Badge: Diver to {world.student}."
    assert closing_after(row) == {"after": 2000}


def test_what_is_said_of_it_goes_with_it_and_stays_in_a_form_that_is_refused(issue, badge, world):
    row, _form = issue(note="Well done", link="work.example")

    assert (row.note, row.link) == ("Well done", "https://work.example")
    again, form = issue(note="Once more", link="work.example/2")
    assert (again, said(form)[0].endswith("The student already has this badge.")) == (None, True)
    assert (form["note"].value(), form["link"].value()) == ("Once more", "work.example/2")
    row.refresh_from_db()
    assert row.note == "Well done"


def test_what_its_provider_has_not_answered_is_said_and_read_longer(issue, world):
    paused = BadgeFactory.create(
        organization=world.academy, provider__paused_at=PAST, provider__name="Silent", name="Owl"
    )

    row, form = issue(paused)

    assert (row.delivery, form.errors) == ("pending", {})
    assert say_issued(row).startswith(f"Successfully Issued Badge: Owl to {world.student}. ")
    assert "Silent has been paused" in say_issued(row)
    assert closing_after(row) == {"after": 6000}


def test_what_the_student_has_already_is_refused_without_a_retry(issue, badge, world):
    IssuedBadgeFactory.create(badge=badge, student=world.student)

    row, form = issue()

    assert (row, form.offers_retry) == (None, False)
    assert said(form) == [
        f"Badge: Diver was not issued to {world.student} because of this error: The student already has this badge."
    ]


def test_beside_what_was_issued_and_not_delivered_a_retry_is_offered(issue, badge, world):
    IssuedBadgeFactory.create(badge=badge, student=world.student, delivery="failed", status="pending")

    row, form = issue()

    assert (row, form.offers_retry) == (None, True)


def test_a_retry_delivers_what_had_failed(issue, badge, world):
    failed = IssuedBadgeFactory.create(
        badge=badge, student=world.student, delivery="failed", status="pending", delivered_at=None
    )

    row, form = issue(retry="1")

    assert (row, row.delivery, form.errors) == (failed, "delivered", {})
    assert IssuedBadge.objects.count() == 1


def test_a_retry_of_what_was_revoked_meanwhile_says_so(issue):
    row, form = issue(retry="1")

    assert (row, said(form)) == (
        None,
        ["The badge was revoked in the meantime. Press the button again to issue it again."],
    )


def test_a_retry_that_cannot_help_says_what_has_to_be_mended(issue, badge, world):
    world.student.is_active = False
    world.student.save()
    IssuedBadgeFactory.create(badge=badge, student=world.student, delivery="failed", status="pending")

    row, form = issue(retry="1")

    assert row is None
    assert said(form)[0].endswith("The student's account is closed. An administrator can open it again.")


def test_a_refusal_of_the_caller_is_told_under_a_new_key(issue, world):
    key = str(uuid.uuid4())

    row, form = issue(key=key, refusals={world.student.pk: Refusal("gone", "Not on the roster.")})

    assert row is None
    assert said(form)[0].endswith("Not on the roster.")
    assert form.data["key"] != key


def test_a_key_that_was_used_for_something_else_issues_nothing(issue, world):
    key = str(uuid.uuid4())
    issue(key=key)

    row, form = issue(BadgeFactory.create(organization=world.academy), key=key)

    assert row is None
    assert said(form) == ["This form was already sent. Press the button again to send it as it is now."]
    assert IssuedBadge.objects.count() == 1


def test_a_badge_that_was_deleted_between_choice_and_issue_is_told(issue, world):
    gone = BadgeFactory.create(organization=world.academy)
    data = {"badge": str(gone.pk), "key": str(uuid.uuid4())}
    form = OneBadgeForm(data, offered=Badge.objects.all())
    assert form.is_valid()
    Badge.objects.filter(pk=gone.pk).delete()

    row = issued(world, form, {})

    assert (row, said(form)) == (None, ["This badge or student no longer exists. Nothing was issued."])
