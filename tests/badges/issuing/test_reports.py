"""What became of every pair, in words and in numbers, and the lines of those that failed."""

import pytest

from badges.issuing.reports import Failure, Pair, Refusal, all_lines, failure_of, grid, outcome_of, reason_of, report_of
from tests.badges.batches import NOT_YET, add
from tests.factories import (
    PAST,
    BadgeFactory,
    IssuanceItemFactory,
    IssuedBadgeFactory,
    StudentFactory,
)


def test_the_provider_s_refusals_are_among_the_failures(batch, badge, administrator):
    issued = add(batch, badge)
    add(batch, badge, delivery="failed", failure_code="refused", failure_message="No such template", **NOT_YET)
    add(batch, badge, failure_code="already_held", failure_message="Recipient email already has this badge")

    report = report_of(batch)

    assert report.issued == [Pair(badge, issued.student)]
    assert [failure.refusal.code for failure in report.failed] == ["already_held", "refused", "already_held"]
    assert report.failed[1].sentence == (
        f"Badge: Diver was not issued to {report.failed[1].pair.student} because of this error: No such template"
    )


def test_the_page_counts_every_pair_once(world, batch, badge):
    add(batch, badge)
    for delivery in ("pending", "sending", "uncertain"):
        add(batch, badge, delivery=delivery, **NOT_YET)
    add(batch, badge, delivery="failed", failure_code="refused", failure_message="No", **NOT_YET)
    add(batch, badge, failure_code="already_held", failure_message="Held")
    add(batch, badge, status="revoked", revoked_at=PAST, delivery="failed", failure_code="refused")
    add(batch, badge, status="revoked", revoked_at=PAST, delivery="cancelled")

    outcome = outcome_of(batch, world.administrator)

    progress = outcome.progress
    assert (progress.asked, progress.delivered, progress.on_its_way, progress.failed, progress.revoked) == (
        9,
        1,
        3,
        3,
        2,
    )
    assert (progress.succeeded, progress.is_settled) == (3, False)
    assert (len(outcome.issued), len(outcome.failed), len(outcome.revoked)) == (4, 3, 2)


def test_what_was_left_out_is_told_apart_and_never_asked_for(world, batch, badge):
    add(batch, badge)
    student = StudentFactory.create(organization=world.academy)
    item = IssuanceItemFactory.create(batch=batch, badge=badge, student=student, code="left_out", message="It is held.")

    outcome, report = outcome_of(batch, world.administrator), report_of(batch)

    progress = outcome.progress
    assert (progress.asked, progress.delivered, progress.failed, progress.left_out) == (2, 1, 1, 1)
    assert (list(outcome.left_out), len(outcome.failed)) == ([item], 1)
    assert ([failure.refusal.message for failure in report.left_out], report.failed) == (
        ["It is held."],
        outcome.failed.object_list,
    )
    assert [reason_of(line) for line in all_lines(batch, world.administrator)] == ["Refused.", "", "It is held."]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, None),
        ({"delivery": "failed", "failure_code": "refused"}, "refused"),
        ({"delivery": "failed"}, ""),
        ({"failure_code": "already_held"}, "already_held"),
    ],
)
def test_a_failure_is_what_its_provider_refused_or_answered_otherwise(db, fields, code):
    failure = failure_of(IssuedBadgeFactory.create(failure_message="No", **fields))

    assert (failure and failure.refusal) == (None if code is None else Refusal(code, "No"))


def test_the_reason_of_a_pair_is_ours_or_the_provider_s_or_none(batch, badge):
    add(batch, badge, delivery="failed", failure_code="refused", failure_message="No", **NOT_YET)
    add(
        batch, badge, delivery="failed", failure_code="refused", failure_message="No", status="revoked", revoked_at=PAST
    )
    add(batch, badge)

    items = all_lines(batch, batch.issued_by)

    assert [reason_of(item) for item in items] == ["Refused.", "No", "", ""]


def test_only_pairs_whose_student_may_be_named_are_told(world, batch, badge):
    add(batch, badge, student=StudentFactory.create(organization=world.outside))

    seen = {name: all_lines(batch, world.personas[name]).count() for name in ("administrator", "student", "stranger")}

    assert seen == {"administrator": 1, "student": 0, "stranger": 0}


def test_a_grid_has_a_line_for_each_student_with_reasons_and_what_is_ready(world, badge):
    other, no = BadgeFactory.create(organization=world.academy), Refusal("x", "No.")

    ready, mixed = grid([badge, other], [world.student, world.guest], {(other.pk, world.guest.pk): no})

    assert (ready.ready, ready.failures, ready.is_ready) == ([badge, other], [], True)
    assert (mixed.ready, mixed.is_ready) == ([badge], False)
    assert [(one.pair.key, one.refusal) for one in mixed.failures] == [((other.pk, world.guest.pk), no)]


def test_a_student_without_any_badge_is_not_ready(world):
    assert [line.is_ready for line in grid([], [world.student], {})] == [False]


def test_a_failure_is_a_line_that_names_badge_student_and_reason(world, badge):
    failure = Failure(Pair(badge, world.student), Refusal("x", "It is late."))

    assert failure.sentence == f"Badge: Diver was not issued to {world.student} because of this error: It is late."
