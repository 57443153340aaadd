"""However often it is pressed: one letter to one student about one badge in a while."""

import datetime as dt
import uuid

import pytest
import time_machine

from badges.issuing import Source, issue_many, preflight
from badges.issuing.letter_pauses import PAUSE, TooSoonError, refusal_of_telling, take_turn
from badges.issuing.reports import Refusal
from badges.models import BadgeLetter, IssuedBadge, LetterPause, Via
from tests.factories import PAST, BadgeFactory, BadgeProviderFactory, IssuedBadgeFactory, StudentFactory
from tests.racing import at_once

pytestmark = pytest.mark.django_db
WORDS = "We wrote to the student about this badge a moment ago. Wait {} then try again."


@pytest.fixture
def issued(world):
    return IssuedBadgeFactory.create(badge=BadgeFactory.create(organization=world.academy), student=world.student)


@pytest.fixture
def at_credly(world):
    provider = BadgeProviderFactory.create(
        organization=world.academy, kind="credly", api_url="https://api.credly.example/v1", provider_organization_id="x"
    )
    badge = BadgeFactory.create(organization=world.academy, provider=provider, provider_template_id="t")
    return IssuedBadgeFactory.create(
        badge=badge, provider=provider, student=world.student, status="pending", delivery="delivered", external_id="e"
    )


def test_a_turn_is_taken_once_in_a_quarter_of_an_hour(issued):
    take_turn(issued, at=PAST)

    assert dt.timedelta(minutes=15) == PAUSE
    assert refusal_of_telling(issued, at=PAST) == WORDS.format("15 minutes,")
    assert refusal_of_telling(issued, at=PAST + dt.timedelta(minutes=14, seconds=1)) == WORDS.format("1 minute,")
    with pytest.raises(TooSoonError):
        take_turn(issued, at=PAST + dt.timedelta(minutes=14))
    take_turn(issued, at=PAST + PAUSE)


def test_another_student_and_another_badge_have_their_own(issued, world):
    take_turn(issued, at=PAST)

    take_turn(IssuedBadgeFactory.create(badge=issued.badge, student=StudentFactory.create()), at=PAST)
    take_turn(IssuedBadgeFactory.create(student=issued.student), at=PAST)


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_has_the_turn(issued):
    def take() -> bool:
        try:
            take_turn(issued, at=PAST)
        except TooSoonError:
            return False
        return True

    assert sorted(at_once(take, take, take)) == [False, False, True]


def test_send_again_is_pressed_nineteen_times(issued, world, signed_in):
    client = signed_in(world.administrator)
    page = f"/badges/issued/{issued.pk}/resend/"

    for _press in range(19):
        answer = client.post(page, follow=True)
        BadgeLetter.objects.filter(next_attempt_at__isnull=False).update(next_attempt_at=None, sent_at=PAST)

    assert WORDS.format("15 minutes,") in answer.content.decode()
    form = client.get(page).content.decode()
    assert (WORDS.format("15 minutes,") in form, 'type="submit"><svg' in form.partition("<main")[2]) == (True, False)


def test_the_pause_follows_the_badge_that_is_issued_anew(at_credly, world, signed_in):
    client = signed_in(world.administrator)
    with time_machine.travel(PAST, tick=False) as clock:
        client.post(f"/badges/issued/{at_credly.pk}/resend/")
        fresh = IssuedBadge.objects.latest("pk")
        IssuedBadge.objects.filter(pk=fresh.pk).update(delivery="delivered", external_id="f")

        again = client.post(f"/badges/issued/{fresh.pk}/resend/", follow=True).content.decode()
        moved = client.post(f"/badges/issued/{fresh.pk}/readdress/", {"email": "other@example.test"}, follow=True)

        assert WORDS.format("15 minutes,") in again
        assert WORDS.format("15 minutes,") in moved.content.decode()
        assert IssuedBadge.objects.latest("pk") == fresh
        clock.shift(PAUSE)
        client.post(f"/badges/issued/{fresh.pk}/resend/")
        assert IssuedBadge.objects.latest("pk") != fresh


def revoke_all() -> None:
    IssuedBadge.objects.filter(revoked_at=None).update(status="revoked", revoked_at=PAST, delivery="delivered")


def issue_to(badges, students, world, *, at):
    return issue_many(
        badges=badges,
        students=students,
        source=Source(Via.ROSTER, 7, "Morning"),
        organization=world.academy,
        issued_by=world.administrator,
        at=at,
        key=uuid.uuid4(),
    )


@pytest.mark.parametrize("name", ["issued", "at_credly"])
def test_revoked_and_issued_again_is_told_once_in_a_while(name, request, world, signed_in):
    first, client = request.getfixturevalue(name), signed_in(world.administrator)
    with time_machine.travel(PAST, tick=False) as clock:
        revoke_all()
        client.post(f"/badges/issued/{first.pk}/reissue/", {"key": uuid.uuid4()})
        fresh = IssuedBadge.objects.latest("pk")
        revoke_all()

        form = client.get(f"/badges/issued/{fresh.pk}/reissue/")
        again = client.post(f"/badges/issued/{fresh.pk}/reissue/", {"key": uuid.uuid4()})

        assert fresh != first
        assert form.context["refusal"] == WORDS.format("15 minutes,")
        assert again.context["refusal"].endswith(WORDS.format("15 minutes,"))
        assert (again.status_code, IssuedBadge.objects.latest("pk")) == (422, fresh)
        clock.shift(PAUSE)
        client.post(f"/badges/issued/{fresh.pk}/reissue/", {"key": uuid.uuid4()})
        assert IssuedBadge.objects.latest("pk") != fresh


def test_what_was_sent_again_is_not_issued_again_a_moment_later(issued, world, signed_in):
    client = signed_in(world.administrator)
    client.post(f"/badges/issued/{issued.pk}/resend/")
    revoke_all()

    answer = client.post(f"/badges/issued/{issued.pk}/reissue/", {"key": uuid.uuid4()})

    assert answer.context["refusal"].endswith(WORDS.format("15 minutes,"))


def test_of_many_those_who_were_told_lately_wait_and_the_others_get_theirs(issued, world):
    other, badge = StudentFactory.create(), BadgeFactory.create(organization=world.academy)
    revoke_all()
    issue_to([issued.badge], [world.student], world, at=PAST)
    revoke_all()
    soon = PAST + dt.timedelta(minutes=5)

    with time_machine.travel(soon, tick=False):
        before = preflight([issued.badge, badge], [world.student, other])
    report = issue_to([issued.badge, badge], [world.student, other], world, at=soon)

    refusal = Refusal("told_lately", WORDS.format("10 minutes,"))
    assert before == {(issued.badge.pk, world.student.pk): refusal}
    assert [(one.pair.key, one.refusal) for one in report.failed] == list(before.items())
    assert len(report.issued) == 3
    assert LetterPause.objects.get().at == PAST
    assert not issue_to([issued.badge], [world.student], world, at=PAST + PAUSE).failed


def test_what_is_held_is_said_to_be_held_though_it_was_told_lately(issued, world):
    revoke_all()
    issue_to([issued.badge], [world.student], world, at=PAST)

    report = issue_to([issued.badge], [world.student], world, at=PAST)

    assert [one.refusal.code for one in report.failed] == ["already_held"]


def test_a_first_badge_takes_no_turn(world):
    issue_to([BadgeFactory.create(organization=world.academy)], [world.student], world, at=PAST)

    assert not LetterPause.objects.exists()
