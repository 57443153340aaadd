"""A badge that is issued again: what it was earned with, who issued it again, and what its provider is told."""

import uuid

import pytest
from django.utils import timezone

from badges.held.issuances import is_reissued
from badges.held.reissuing import issue_again
from badges.issuing.letter_pauses import PAUSE
from badges.models import Badge, IssuedBadge, LetterPause, Via
from badges.openbadges.provenance import evidence_of
from tests.factories import PAST, BadgeFactory, IssuedBadgeFactory

pytestmark = pytest.mark.django_db
AGAIN = "Reissued after revocation"


@pytest.fixture
def badge(world) -> Badge:
    return BadgeFactory.create(organization=world.academy)


def revoked(badge, world, **fields) -> IssuedBadge:
    defaults = {"status": "revoked", "revoked_at": PAST, "revocation_reason": "A mistake."}
    return IssuedBadgeFactory.create(badge=badge, student=world.student, **defaults | fields)


def again(row, world, *, at=None) -> IssuedBadge:
    answer = issue_again(row, by=world.administrator, at=at or timezone.now(), key=uuid.uuid4())
    assert answer.issued is not None, answer.words
    return answer.issued


@pytest.mark.parametrize(
    ("via", "source", "words", "evidence", "named"),
    [
        (Via.ROSTER, 7, "Morning", {}, ["Morning"]),
        (Via.ASSIGNMENT, 8, "Cloud", {"records": [3]}, ["Cloud"]),
        (Via.ACHIEVEMENT, 9, "Ten", {"version": 2, "earned": [5], "counted": 1}, ["Ten"]),
        (Via.ADMIN, None, "", {}, []),
    ],
)
def test_what_is_issued_again_was_earned_as_before(badge, world, via, source, words, evidence, named):
    said = {"note": "Well done", "link": "https://work.example/"}
    row = revoked(badge, world, via=via, source_id=source, source_words=words, evidence=evidence, **said)

    fresh = again(row, world)

    assert (fresh.note, fresh.link) == ("Well done", "https://work.example/")
    assert (fresh.via, fresh.source_id, fresh.source_words, fresh.evidence) == (via, source, words, evidence)
    assert [one["name"] for one in evidence_of(fresh)] == [*named, "work.example"]
    assert fresh.batch is not None
    assert (fresh.issued_by, fresh.batch.issued_by) == (world.administrator, world.administrator)
    assert (fresh.batch.via, fresh.batch.source_id, fresh.batch.source_words) == (Via.ADMIN, row.pk, AGAIN)
    assert (is_reissued(fresh), is_reissued(row)) == (True, False)


def test_what_is_issued_again_twice_still_says_what_it_was_earned_with(badge, world):
    first = revoked(badge, world, source_id=7, source_words="Morning")
    second = again(first, world, at=PAST)
    IssuedBadge.objects.filter(pk=second.pk).update(status="revoked", revoked_at=PAST)

    third = again(second, world, at=PAST + PAUSE)

    assert (third.via, third.source_id, third.source_words) == (Via.ROSTER, 7, "Morning")
    assert third.batch is not None
    assert third.batch.source_id == second.pk


def test_credly_is_told_anew_with_what_it_was_earned(credly, world):
    provider = credly.provider()
    badge = BadgeFactory.create(
        provider=provider, organization=provider.organization, provider_template_id=credly.template()
    )
    row = revoked(badge, world, via=Via.ACHIEVEMENT, source_id=9, source_words="Ten", provider=provider)

    fresh = again(row, world)

    assert fresh.delivery == "delivered"
    assert [one["title"] for held in credly.badges() for one in held["evidence"]] == ["Ten"]


def test_whom_nobody_writes_to_is_told_nothing_and_waits_for_nothing(badge, world):
    world.student.organization.emails_badges = False
    world.student.organization.save()

    for _round in range(2):
        IssuedBadge.objects.held().filter(badge=badge).update(status="revoked", revoked_at=PAST)
        again(revoked(badge, world), world)

    assert not LetterPause.objects.exists()
