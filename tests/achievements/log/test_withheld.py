"""What keeps one person's badges back, and what the reader can do about it."""

import pytest

from achievements.log.withheld import withheld_of
from achievements.models import EarnedAchievement
from badges.models import BadgeProvider, IssuedBadge
from organizations.models import User
from tests.achievements.log.not_delivered import credly, failed
from tests.factories import AchievementFactory, BadgeFactory, EarnedAchievementFactory


@pytest.fixture
def badge(world):
    return BadgeFactory.create(name="Owl", organization=world.academy)


@pytest.fixture
def earned(world, badge):
    achievement = AchievementFactory.create(name="Finisher", organization=world.academy, badge=badge)
    return EarnedAchievementFactory.create(achievement=achievement, user=world.student)


def withheld(person, reader):
    earned = EarnedAchievement.objects.filter(user=person)
    issued = IssuedBadge.objects.filter(student=person)
    return withheld_of(earned, issued, reader, is_own=person == reader)


def test_nothing_is_withheld_where_nothing_is_in_the_way(world, earned):
    assert withheld(world.student, world.administrator) == []


@pytest.mark.parametrize(("email", "needs_address"), [("", True), ("nonsense", True)])
def test_an_address_may_be_all_that_is_missing(world, badge, earned, email, needs_address):
    User.objects.filter(pk=world.student.pk).update(email=email)

    [one] = withheld(world.student, world.administrator)

    assert (one.badge, one.issued, one.source, one.needs_address) == (badge, None, "Finisher", needs_address)
    assert [repair.words for repair in one.repairs] == ["Edit the account"]


def test_an_address_is_not_all_where_more_is_in_the_way(world, badge, earned):
    User.objects.filter(pk=world.student.pk).update(email="")
    BadgeProvider.objects.update(is_enabled=False)

    [one] = withheld(world.student, world.administrator)

    assert one.needs_address is False
    assert "switched off" in one.reason
    assert "no e-mail address" in one.reason


def test_what_failed_can_be_retried_unless_a_retry_would_not_mend_it(world, badge):
    row = failed(badge, student=world.student)
    lost = failed(credly(world, name="Elk", provider_template_id=""), student=world.student)

    found = {one.issued: one for one in withheld(world.student, world.administrator)}

    assert {issued: one.can_retry for issued, one in found.items()} == {row: True, lost: False}
    assert found[row].reason == "No such earner."
    assert [repair.words for repair in found[lost].repairs] == ["Edit the badge"]


def test_who_may_do_nothing_is_told_whom_to_ask(world, badge):
    failed(badge, student=world.student)

    [one] = withheld(world.student, world.instructor)

    assert (one.can_retry, [repair.words for repair in one.repairs]) == (False, ["Ask an administrator of Academy."])


def test_the_person_reads_no_words_of_a_provider(world, badge, earned):
    failed(badge, student=world.student)

    [one] = withheld(world.student, world.student)

    assert (one.reason, one.repairs) == ("The badge could not be issued. Ask an administrator.", [])


@pytest.mark.parametrize("rows", [1, 4])
def test_the_queries_do_not_depend_on_how_many_there_are(world, django_assert_num_queries, rows):
    User.objects.filter(pk=world.student.pk).update(email="")
    for _row in range(rows):
        achievement = AchievementFactory.create(
            organization=world.academy, badge=BadgeFactory.create(organization=world.academy)
        )
        EarnedAchievementFactory.create(achievement=achievement, user=world.student)
        failed(BadgeFactory.create(organization=world.academy), student=world.student)
    reader = User.objects.get(pk=world.administrator.pk)
    reader.has_perm("badges.view_issuedbadge")

    with django_assert_num_queries(8):
        withheld(world.student, reader)
