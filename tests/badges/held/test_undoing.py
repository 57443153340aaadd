"""What was issued by hand a moment ago is undone as if it had never been, and nothing leaves before its time."""

import os
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from badges.delivery import claims, rounds
from badges.held.revoking import NotPendingError, readdress, resend, revoke
from badges.held.undoing import Sent, Undone, send_now, undo
from badges.issuing import KeyUsedError, Source, issue_many, undo_time
from badges.models import BadgeLetter, Credential, IssuanceBatch, IssuanceItem, IssuedBadge, LetterPause, Via
from organizations.models import User
from organizations.roles import install_roles
from tests.factories import (
    AdministratorFactory,
    BadgeFactory,
    InstructorFactory,
    IssuedBadgeFactory,
    OrganizationFactory,
    StudentFactory,
)
from tests.racing import at_once, closing, wait_until_somebody_waits_for_a_lock

ROUNDS = int(os.environ.get("RACE_ROUNDS", "20"))


@pytest.fixture(autouse=True)
def _can_undo(settings):
    settings.UNDO_SECONDS = 600
    settings.DELIVERY_THREADS = 1


@pytest.fixture
def organization(db):
    return OrganizationFactory.create()


@pytest.fixture
def instructor(organization):
    return InstructorFactory.create(organization=organization)


def issue(instructor, badges, students, key=None):
    return issue_many(
        badges=badges,
        students=students,
        source=Source(Via.ROSTER, 1, "Divers"),
        organization=instructor.organization,
        issued_by=instructor,
        at=timezone.now(),
        key=key or uuid.uuid4(),
    )


def pairs(organization, *, badges=1, students=1):
    return (
        BadgeFactory.create_batch(badges, organization=organization),
        StudentFactory.create_batch(students, organization=organization),
    )


def let_the_time_pass(**which):
    IssuedBadge.objects.filter(**which).update(next_attempt_at=Now())


# The time


def test_what_is_issued_by_hand_waits_and_nothing_takes_it_before(organization, instructor):
    badges, students = pairs(organization, badges=2)

    batch = issue(instructor, badges, students).batch

    assert rounds.deliver_due() == 0
    assert [row.is_undoable for row in batch.issued_badges.all()] == [True, True]
    assert (Credential.objects.count(), BadgeLetter.objects.count()) == (0, 0)
    let_the_time_pass(batch=batch)
    assert rounds.deliver_due() == 2
    assert (Credential.objects.count(), BadgeLetter.objects.count()) == (2, 2)


@pytest.mark.parametrize(("own", "seconds"), [(None, 600), (0, 0), (45, 45)])
def test_an_organization_may_have_its_own_time(own, seconds):
    assert undo_time(OrganizationFactory.build(undo_seconds=own)) == timedelta(seconds=seconds)


def test_where_undoing_is_switched_off_it_leaves_at_once(organization, instructor):
    organization.undo_seconds = 0

    batch = issue(instructor, *pairs(organization)).batch

    assert undo(batch, by=instructor) == Undone(undone=0, left=1)
    assert rounds.deliver_due() == 1


# Undo


def test_nothing_of_it_is_left_behind(organization, instructor):
    badges, students = pairs(organization, badges=2, students=2)
    batch = issue(instructor, badges, students).batch

    done = undo(batch, by=instructor)

    assert done == Undone(undone=4, left=0)
    assert (IssuedBadge.objects.count(), LetterPause.objects.count()) == (0, 0)
    items = IssuanceItem.objects.filter(batch=batch)
    assert {(item.issued_badge, item.code, item.message) for item in items} == {
        (None, "undone", "Undone before it left.")
    }
    assert rounds.deliver_due() == 0


def test_it_can_be_issued_again_at_once_also_to_who_had_it_before(organization, instructor):
    badges, (student,) = pairs(organization)
    former = IssuedBadgeFactory.create(badge=badges[0], student=student)
    revoke([former], by=instructor, reason="", at=timezone.now())
    batch = issue(instructor, badges, [student]).batch
    assert LetterPause.objects.count() == 1

    undo(batch, by=instructor)
    again = issue(instructor, badges, [student])

    assert [pair.student for pair in again.issued] == [student]
    former.refresh_from_db()
    assert former.is_revoked


def test_the_form_that_was_undone_issues_nothing_unasked_and_does_not_pretend_to(organization, instructor):
    badges, students = pairs(organization)
    key = uuid.uuid4()
    batch = issue(instructor, badges, students, key=key).batch
    undo(batch, by=instructor)

    with pytest.raises(KeyUsedError):
        issue(instructor, badges, students, key=key)

    assert (IssuedBadge.objects.count(), IssuanceBatch.objects.count()) == (0, 1)


def test_only_who_issued_it_can_undo_it(organization, instructor):
    batch = issue(instructor, *pairs(organization)).batch

    done = undo(batch, by=AdministratorFactory.create(organization=organization))

    assert done == Undone(undone=0, left=1)


def test_a_second_press_says_the_same(organization, instructor):
    batch = issue(instructor, *pairs(organization)).batch

    assert [undo(batch, by=instructor) for _press in range(2)] == [Undone(undone=1, left=0)] * 2


def test_what_has_left_stays(organization, instructor):
    badges, students = pairs(organization, students=3)
    batch = issue(instructor, badges, students).batch
    let_the_time_pass(student=students[0])
    rounds.deliver_due()
    let_the_time_pass(student=students[1])  # due, and not taken yet

    assert undo(batch, by=instructor) == Undone(undone=1, left=2)
    assert {row.student for row in IssuedBadge.objects.all()} == set(students[:2])


def test_what_is_not_given_by_hand_and_what_waits_for_another_reason_is_never_undone(organization, instructor):
    later = timezone.now() + timedelta(hours=1)
    batch = issue(instructor, *pairs(organization)).batch
    tried = IssuedBadge.objects.get()
    IssuedBadge.objects.update(claimed_at=timezone.now(), next_attempt_at=later)
    awarded = IssuedBadgeFactory.create(delivery="pending", next_attempt_at=later, delivered_at=None)

    assert (tried.is_undoable, awarded.is_undoable) == (True, False)
    assert undo(batch, by=instructor) == Undone(undone=0, left=1)
    assert IssuedBadge.objects.undoable().count() == 0


def test_meanwhile_nobody_is_written_to_about_it_and_another_address_lets_it_leave(organization, instructor):
    badges, students = pairs(organization)
    batch = issue(instructor, badges, students).batch
    row = IssuedBadge.objects.get()

    with pytest.raises(NotPendingError):
        resend(row, by=instructor, at=timezone.now())
    IssuedBadge.objects.update(status="pending")
    readdress(row, email="new@example.test", by=instructor, at=timezone.now())

    assert undo(batch, by=instructor) == Undone(undone=0, left=1)


def test_who_was_about_to_change_the_address_of_what_was_undone_is_told_so(organization, instructor):
    batch = issue(instructor, *pairs(organization)).batch
    row = IssuedBadge.objects.get()
    undo(batch, by=instructor)

    with pytest.raises(NotPendingError):
        readdress(row, email="new@example.test", by=instructor, at=timezone.now())


# Send now


def test_send_now_lets_it_leave_at_once_and_a_second_press_changes_nothing(organization, instructor):
    batch = issue(instructor, *pairs(organization, badges=2)).batch
    assert rounds.deliver_due() == 0

    done = [send_now(batch, by=instructor) for _press in range(2)]

    assert done == [Sent(sent=2, left=0, undone=0), Sent(sent=0, left=2, undone=0)]
    assert undo(batch, by=instructor) == Undone(undone=0, left=2)
    assert (rounds.deliver_due(), Credential.objects.count()) == (2, 2)
    assert send_now(batch, by=instructor) == Sent(sent=0, left=2, undone=0)
    assert rounds.deliver_due() == 0


def test_send_now_tells_a_worker_to_look(organization, instructor, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as woken_before:
        batch = issue(instructor, *pairs(organization)).batch

    with django_capture_on_commit_callbacks() as woken:
        send_now(batch, by=instructor)

    assert (len(woken_before), len(woken)) == (0, 1)


def test_send_now_does_not_send_what_was_undone(organization, instructor):
    badges, students = pairs(organization, students=2)
    batch = issue(instructor, badges, students).batch
    undo(batch, by=instructor)

    assert send_now(batch, by=instructor) == Sent(sent=0, left=0, undone=2)
    assert rounds.deliver_due() == 0


def test_only_who_issued_it_can_send_it_before_its_time(organization, instructor):
    batch = issue(instructor, *pairs(organization)).batch

    done = send_now(batch, by=AdministratorFactory.create(organization=organization))

    assert (done, rounds.deliver_due()) == (Sent(sent=0, left=1, undone=0), 0)


# What the student sees


def test_its_student_does_not_see_it_before_it_has_left(organization, instructor):
    badges, (student,) = pairs(organization)
    issue(instructor, badges, [student])
    administrator = AdministratorFactory.create(organization=organization)

    def seen():
        rows = IssuedBadge.objects
        return rows.visible_to(student).count(), rows.held().count(), rows.visible_to(administrator).count()

    assert (seen(), IssuedBadge.objects.get().is_held) == ((0, 0, 1), False)
    let_the_time_pass()
    assert (seen(), IssuedBadge.objects.get().is_held) == ((1, 1, 1), True)


def test_until_it_leaves_it_is_issued_and_nothing_else(organization, instructor):
    badges, students = pairs(organization)  # of the built-in issuer, which asks nobody to accept
    issue(instructor, badges, students)
    at = timezone.now()

    def found():
        standings = IssuedBadge.Standing.values
        return [
            one for one in standings if IssuedBadge.objects.standing(one, at=at)
        ], IssuedBadge.objects.get().standing

    assert found() == (["issued"], "issued")
    let_the_time_pass()
    assert found() == (["accepted"], "accepted")


# Several at once


@pytest.fixture
def _roles_come_back():
    """The flush after a test with real transactions takes the roles, which the other tests expect, with it."""
    yield
    install_roles()


def deliver_until_nothing_waits(batch):
    while batch.issued_badges.filter(delivery="pending").exists():
        rounds.deliver_due(seconds=60)


def undo_about_when_its_time_is_over(batch, by, early):
    """So many seconds early, or late."""
    leaves_at = batch.issued_badges.order_by("-next_attempt_at").values_list("next_attempt_at", flat=True)[0]
    while timezone.now() < leaves_at - timedelta(seconds=early):
        pass
    return undo(batch, by=by)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_roles_come_back")
def test_of_an_undo_and_a_delivery_at_the_same_moment_one_has_each_badge(credly, settings):
    settings.UNDO_SECONDS = 0.1
    provider = credly.provider(requests_per_second=500)
    organization = provider.organization
    instructor = InstructorFactory.create(organization=organization)
    students = StudentFactory.create_batch(5, organization=organization)

    for turn in range(ROUNDS):
        template = credly.template(f"Badge {turn}")
        badge = BadgeFactory.create(organization=organization, provider=provider, provider_template_id=template)
        batch = issue(instructor, [badge], students).batch
        press = partial(undo_about_when_its_time_is_over, batch, instructor, 0.005 * (turn % 5) - 0.005)

        first, second, _delivered = at_once(press, press, partial(deliver_until_nothing_waits, batch))

        kept = IssuedBadge.objects.filter(badge=badge).values_list("recipient_email", flat=True)
        sent = [one["recipient_email"] for one in credly.badges() if one["badge_template"]["id"] == template]
        assert sorted(sent) == sorted(kept)
        assert max(first.undone, second.undone) == 5 - len(kept)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_roles_come_back")
def test_what_is_being_undone_when_its_time_is_over_is_not_taken(settings):
    settings.UNDO_SECONDS = 3  # enough to begin to undo on a machine that is busy with other tests
    organization = OrganizationFactory.create()
    instructor = InstructorFactory.create(organization=organization)
    batch = issue(instructor, *pairs(organization, students=3)).batch

    with transaction.atomic():
        done = undo(batch, by=instructor)
        (taken,) = at_once(lambda: rounds.deliver_due(seconds=60))  # waits for what is due soon

    assert (done, taken, rounds.deliver_due()) == (Undone(undone=3, left=0), 0, 0)
    assert Credential.objects.count() == 0


@contextmanager
def undo_that_waits(batch: IssuanceBatch, by: User) -> Iterator[list[Undone]]:
    """Undo is pressed, and waits for the rows until the block has ended; then what it did is in the list."""
    undone: list[Undone] = []
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            list(IssuedBadge.objects.select_for_update())
            press = pool.submit(closing, partial(undo, batch, by=by))
            wait_until_somebody_waits_for_a_lock(press)
            yield undone
        undone.append(press.result(timeout=60))


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_roles_come_back")
def test_an_undo_waits_for_what_is_just_being_taken_and_leaves_that_alone():
    organization = OrganizationFactory.create()
    instructor = InstructorFactory.create(organization=organization)
    batch = issue(instructor, *pairs(organization, students=3)).batch
    with undo_that_waits(batch, instructor) as undone:
        first = IssuedBadge.objects.order_by("pk").values("pk")[:2]
        IssuedBadge.objects.filter(pk__in=first).update(next_attempt_at=Now())
        claims.claim_many(batch.issued_badges.values_list("provider", flat=True)[0], 2)

    assert undone == [Undone(undone=1, left=2)]
    assert {row.delivery for row in IssuedBadge.objects.all()} == {"sending"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_roles_come_back")
def test_eight_presses_of_undo():
    organization = OrganizationFactory.create()
    instructor = InstructorFactory.create(organization=organization)
    batch = issue(instructor, *pairs(organization, students=20)).batch

    assert at_once(*[lambda: undo(batch, by=instructor)] * 8) == [Undone(undone=20, left=0)] * 8
    assert IssuedBadge.objects.count() == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_roles_come_back")
def test_of_undo_and_send_now_pressed_together_one_has_all_and_each_is_told_which():
    organization = OrganizationFactory.create()
    instructor = InstructorFactory.create(organization=organization)
    students = StudentFactory.create_batch(5, organization=organization)

    for _turn in range(max(1, ROUNDS // 4)):
        batch = issue(instructor, [BadgeFactory.create(organization=organization)], students).batch
        undoing: Callable[[], Any] = partial(undo, batch, by=instructor)
        sending: Callable[[], Any] = partial(send_now, batch, by=instructor)

        undone, sent, again = at_once(undoing, sending, sending)

        delivered = rounds.deliver_due(seconds=60)
        assert (undone.undone, sent.sent + again.sent, delivered) in [(5, 0, 0), (0, 5, 5)]
        assert {sent.undone, again.undone} == {undone.undone}


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_roles_come_back")
def test_an_undo_that_waits_for_send_now_takes_nothing_back():
    organization = OrganizationFactory.create()
    instructor = InstructorFactory.create(organization=organization)
    batch = issue(instructor, *pairs(organization, students=3)).batch
    with undo_that_waits(batch, instructor) as undone:
        sent = send_now(batch, by=instructor)

    assert (sent, undone) == (Sent(sent=3, left=0, undone=0), [Undone(undone=0, left=3)])
    assert rounds.deliver_due(seconds=60) == 3


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_roles_come_back")
def test_a_send_now_that_is_cut_off_has_sent_nothing_and_it_can_still_be_undone():
    organization = OrganizationFactory.create()
    instructor = InstructorFactory.create(organization=organization)
    batch = issue(instructor, *pairs(organization, students=2)).batch

    def end_the_session(execute, sql, params, many, context):
        answer = execute(sql, params, many, context)
        if sql.startswith("UPDATE"):
            raise KeyboardInterrupt
        return answer

    with connection.execute_wrapper(end_the_session), pytest.raises(KeyboardInterrupt):
        send_now(batch, by=instructor)

    assert rounds.deliver_due() == 0
    assert undo(batch, by=instructor) == Undone(undone=2, left=0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_roles_come_back")
def test_an_undo_that_is_cut_off_has_undone_nothing():
    organization = OrganizationFactory.create()
    instructor = InstructorFactory.create(organization=organization)
    batch = issue(instructor, *pairs(organization, students=2)).batch

    def end_the_session(execute, sql, params, many, context):
        if sql.startswith("DELETE FROM"):
            raise KeyboardInterrupt
        return execute(sql, params, many, context)

    with connection.execute_wrapper(end_the_session), pytest.raises(KeyboardInterrupt):
        undo(batch, by=instructor)

    assert IssuedBadge.objects.undoable().count() == 2
    assert batch.items.filter(issued_badge__isnull=False).count() == 2
