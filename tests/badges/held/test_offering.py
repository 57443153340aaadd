"""Undo is offered to who has just issued something: on its results, and in a bar on every next page. At every door."""

import html
import re
import uuid
from datetime import timedelta

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db.models.functions import Now
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from badges.held.offering import REMEMBERED, offers_to
from badges.held.undoing import undo
from badges.models import IssuanceBatch, IssuedBadge
from courses.models import CourseAssignment
from tests.factories import PAST, AchievementFactory, BadgeFactory, CourseAssignmentFactory, IssuedBadgeFactory

CALM = reverse("password_change")


@pytest.fixture(autouse=True)
def _can_undo(settings):
    settings.UNDO_SECONDS = 60


@pytest.fixture
def instructor(world, signed_in):
    return signed_in(world.instructor)


def press(client, address, **data):
    return client.post(address, {**data, "key": uuid.uuid4()}, follow=True)


def from_the_roster(client, world, badge):
    return press(client, reverse("classes:issue_badge", args=[world.klass.pk, world.enrollment.pk]), badge=badge.pk)


def from_issue_badges(client, world, badge):
    page = reverse("classes:issue_badges", args=[world.klass.pk])
    page = client.post(page, {"choose": "badges", "badges": badge.pk})["Location"]
    page = client.post(page, {"choose": "students", "students": world.student.pk})["Location"]
    return press(client, page, issue="1")


def from_an_assignment(client, world, badge):
    assignment = CourseAssignment.objects.first() or CourseAssignmentFactory.create(student=world.student)
    return press(client, reverse("courses:issue_badge", args=[assignment.pk]), badge=badge.pk)


def from_a_revoked_badge(client, world, badge):
    row = IssuedBadge.objects.first() or IssuedBadgeFactory.create(
        badge=badge, student=world.student, revoked_at=PAST, status="revoked"
    )
    return press(client, reverse("badges:reissue", args=[row.pk]))


DOORS = [
    (from_the_roster, "instructor"),
    (from_issue_badges, "instructor"),
    (from_an_assignment, "administrator"),
    (from_a_revoked_badge, "administrator"),
]


@pytest.mark.parametrize(("door", "persona"), DOORS, ids=[door.__name__ for door, _persona in DOORS])
def test_what_is_issued_at_any_door_can_be_undone_from_the_next_page(world, badge, signed_in, door, persona):
    client = signed_in(world.personas[persona])

    door(client, world, badge)
    page = client.get(CALM)

    batch = IssuanceBatch.objects.get()
    undoing = reverse("badges:undo_issuance", args=[batch.pk])
    assert f'action="{undoing}"' in page.text
    assert "1 badge leaves at " in page.text
    assert (
        "1 badge was undone. Nothing was sent, and no one was told."
        in client.post(undoing, {"next": CALM}, follow=True).text
    )
    assert not IssuedBadge.objects.filter(batch=batch).exists()
    assert undoing not in client.get(CALM).text
    door(client, world, badge)
    assert IssuedBadge.objects.undoable().count() == 1


def test_a_dialog_brings_the_bar_to_its_page_and_says_how_long_there_is(world, badge, instructor):
    address = reverse("classes:issue_badge", args=[world.klass.pk, world.enrollment.pk])

    answer = instructor.post(address, {"badge": badge.pk, "key": uuid.uuid4()}, headers={"HX-Request": "true"})

    assert '<div class="undo-bar" id="undo" aria-live="polite" hx-swap-oob="true">' in answer.text
    assert "It leaves in 60 seconds. Until then you can undo it." in answer.text
    assert '"after": 2000' in answer.headers["HX-Trigger"]


def test_a_page_without_a_script_says_it_in_its_message(world, badge, instructor):
    answer = from_the_roster(instructor, world, badge)

    assert "It leaves in 60 seconds. Until then you can undo it." in answer.text


@pytest.mark.parametrize(
    ("has_issued", "queries"),
    [(False, 5), (True, 6)],  # session, person, organization, 2 of permissions; and the bar's
)
def test_the_bar_takes_one_query_of_who_has_just_issued_and_none_of_others(
    world, badge, instructor, django_assert_num_queries, has_issued, queries
):
    if has_issued:
        from_the_roster(instructor, world, badge)

    with django_assert_num_queries(queries):
        instructor.get(reverse("password_change_done"))


def test_the_results_have_it_once_and_a_browser_that_issued_nothing_has_it_too(world, badge, instructor, signed_in):
    answer = from_issue_badges(instructor, world, badge)
    batch = IssuanceBatch.objects.get()
    undoing = reverse("badges:undo_issuance", args=[batch.pk])

    other = signed_in(world.instructor).get(reverse("badges:issuance", args=[batch.pk]))
    administrator = signed_in(world.administrator).get(reverse("badges:issuance", args=[batch.pk]))

    assert [page.text.count(undoing) for page in (answer, other, administrator)] == [1, 1, 0]


def test_what_has_left_is_not_offered(world, badge, instructor):
    from_the_roster(instructor, world, badge)
    IssuedBadge.objects.update(next_attempt_at=Now())

    assert "data-undo" not in instructor.get(CALM).text
    assert "data-undo" not in instructor.get(reverse("badges:issuance", args=[IssuanceBatch.objects.get().pk])).text


def test_several_issuances_are_offered_the_newest_first(world, badge, instructor):
    for one in (badge, BadgeFactory.create(organization=world.academy)):
        from_the_roster(instructor, world, one)
    request = RequestFactory().get("/")
    request.session = SessionStore(instructor.session.session_key)
    request.user = world.instructor

    first, second = offers_to(request)

    assert first.batch_id > second.batch_id
    assert (first.count, first.of) == (1, 60)
    assert 50 <= first.seconds <= 60
    assert timezone.now() < first.leaves_at <= timezone.now() + timedelta(seconds=60)


def test_nobody_is_offered_what_somebody_else_issued(world, badge, instructor, administrator):
    from_the_roster(instructor, world, badge)
    session = administrator.session
    session[REMEMBERED] = dict(instructor.session[REMEMBERED])
    session.save()

    assert "data-undo" not in administrator.get(CALM).text


def test_where_undoing_is_switched_off_nothing_is_remembered(world, badge, instructor):
    world.academy.undo_seconds = 0
    world.academy.save()

    from_the_roster(instructor, world, badge)

    assert REMEMBERED not in instructor.session


def test_another_session_of_the_same_person_may_undo_too(world, badge, instructor):
    from_the_roster(instructor, world, badge)
    undo(IssuanceBatch.objects.get(), by=world.instructor)

    assert "data-undo" not in instructor.get(CALM).text


# What Undo answers


def undo_of(batch):
    return reverse("badges:undo_issuance", args=[batch.pk])


def test_the_issuance_says_what_was_undone_and_so_does_its_export(world, badge, instructor):
    from_issue_badges(instructor, world, badge)
    batch = IssuanceBatch.objects.get()

    answer = instructor.post(undo_of(batch), follow=True)
    export = instructor.get(reverse("badges:issuance", args=[batch.pk]), {"export": "csv"}).getvalue().decode()

    progress = answer.context["outcome"].progress
    assert (progress.undone, progress.failed, progress.on_its_way, progress.is_settled) == (1, 0, 0, True)
    assert "The following issuances were undone:" in answer.text
    assert "Not all badges were successfully issued" not in answer.text
    assert "Undone,Undone before it left." in export


def test_too_late_says_so(world, badge, instructor):
    from_the_roster(instructor, world, badge)
    IssuedBadge.objects.update(next_attempt_at=Now())

    answer = instructor.post(undo_of(IssuanceBatch.objects.get()), follow=True)

    assert "Too late to undo: nothing of this issuance is left to take back." in answer.text
    assert IssuedBadge.objects.count() == 1


def test_others_do_not_undo_it(world, badge, instructor, administrator):
    from_the_roster(instructor, world, badge)

    assert administrator.post(undo_of(IssuanceBatch.objects.get())).status_code == 403
    assert IssuedBadge.objects.undoable().count() == 1


@pytest.mark.parametrize("page", ["issued_badge", "readdress", "nonsense"])
def test_from_a_page_that_is_gone_with_its_badge_it_leads_to_the_issuance(world, badge, signed_in, page):
    client = signed_in(world.administrator)
    from_a_revoked_badge(client, world, badge)
    row, batch = IssuedBadge.objects.latest("pk"), IssuanceBatch.objects.get()
    back = "/nonsense/" if page == "nonsense" else reverse(f"badges:{page}", args=[row.pk])

    answer = client.post(undo_of(batch), {"next": back})

    assert answer["Location"] == reverse("badges:issuance", args=[batch.pk])


def links_of(answer):
    """Where the message leads."""
    said = answer.text.partition('<div id="messages"')[2].partition("</div>")[0]
    return [html.unescape(link) for link in re.findall(r'<a href="([^"]+)"', said)]


def test_after_an_undo_what_was_chosen_is_there_again(world, badge, instructor):
    from_issue_badges(instructor, world, badge)

    (again,) = links_of(instructor.post(undo_of(IssuanceBatch.objects.get()), {"next": CALM}, follow=True))
    form = instructor.get(again).context["form"]
    press(instructor, again, issue="1")

    assert ([row.pk for row in form.badges.rows], form.students.rows) == ([badge.pk], [world.student])
    assert IssuedBadge.objects.undoable().count() == 1


def test_nobody_else_gets_it_again(world, badge, instructor, administrator):
    from_issue_badges(instructor, world, badge)
    (again,) = links_of(instructor.post(undo_of(IssuanceBatch.objects.get()), {"next": CALM}, follow=True))

    form = administrator.get(again).context["form"]

    assert (form.badges.rows, form.students.rows) == ([], [])


@pytest.mark.parametrize(("door", "persona"), [DOORS[0], DOORS[2]], ids=["roster", "assignment"])
def test_after_an_undo_the_badge_of_one_student_is_chosen_again(world, badge, signed_in, door, persona):
    client = signed_in(world.personas[persona])
    door(client, world, badge)

    (again,) = links_of(client.post(undo_of(IssuanceBatch.objects.get()), {"next": CALM}, follow=True))

    assert re.search(rf'<input[^>]*name="badge"[^>]*value="{badge.pk}"[^>]*checked', client.get(again).text)


# What Send now answers


def test_send_now_leads_back_and_says_it_and_undo_is_no_longer_offered(world, badge, instructor):
    from_the_roster(instructor, world, badge)
    sending = reverse("badges:send_issuance", args=[IssuanceBatch.objects.get().pk])
    assert f'formaction="{sending}"' in instructor.get(CALM).text

    answers = [instructor.post(sending, {"next": CALM}, follow=True) for _press in range(2)]

    assert [answer.redirect_chain for answer in answers] == [[(CALM, 302)]] * 2
    assert "1 badge is on its way." in answers[0].text
    assert "Nothing was waiting to be sent." in answers[1].text
    assert "data-undo" not in answers[0].text
    assert IssuedBadge.objects.undoable().count() == 0


def test_others_do_not_send_it(world, badge, instructor, administrator):
    from_the_roster(instructor, world, badge)
    sending = reverse("badges:send_issuance", args=[IssuanceBatch.objects.get().pk])

    assert administrator.post(sending).status_code == 403
    assert IssuedBadge.objects.undoable().count() == 1


# What its student sees meanwhile


def pages_of(student, issued, signed_in):
    client = signed_in(student)
    public = reverse("badges:badge_page", args=[issued.public_id])
    shown = [client.get(reverse(name)).text for name in ("achievements:mine", "home", "classes:transcript")]
    return ["Diver" in text for text in shown], client.get(public).status_code


def test_its_student_sees_it_nowhere_before_it_has_left(world, badge, instructor, signed_in):
    from_the_roster(instructor, world, badge)
    issued = IssuedBadge.objects.get()

    assert pages_of(world.student, issued, signed_in) == ([False, False, False], 404)
    IssuedBadge.objects.update(next_attempt_at=Now())
    assert pages_of(world.student, issued, signed_in) == ([True, True, False], 200)


def test_why_not_yet_does_not_tell_its_student_of_it_either(world, badge, instructor, signed_in):
    achievement = AchievementFactory.create(organization=world.academy, badge=badge)
    from_the_roster(instructor, world, badge)

    def badge_shown_to(client):
        page = client.get(reverse("achievements:why", args=[achievement.pk, world.student.pk]))
        return page.context["why"].badge.issued is not None

    assert [badge_shown_to(client) for client in (signed_in(world.student), instructor)] == [False, True]
