"""The page of the badges that did not arrive."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from tests.achievements.log.not_delivered import earned_by, failed
from tests.factories import (
    AchievementFactory,
    BadgeFactory,
    BadgeProviderFactory,
    EarnedAchievementFactory,
    StudentFactory,
    UserFactory,
)


@pytest.mark.parametrize("lacking", ["view_earnedachievement", "view_issuedbadge"])
def test_who_may_not_see_both_kinds_is_led_nowhere(world, achievement, signed_in, lacking):
    earned_by(world, achievement, email="")
    clerk = UserFactory.create(organization=world.academy, manages=[world.academy])
    names = {"view_earnedachievement", "view_issuedbadge", "view_sweep"} - {lacking}
    clerk.user_permissions.set(Permission.objects.filter(codename__in=names))
    client = signed_in(clerk)

    page = client.get(reverse("achievements:undelivered"))

    assert page.status_code == 403
    for name in ("home", "achievements:sweeps"):
        assert "/undelivered/" not in client.get(reverse(name)).text


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_takes_the_same_queries_for_any_number(world, achievement, signed_in, django_assert_num_queries, rows):
    for _ in range(rows):
        earned_by(world, achievement, email="")
        failed(achievement.badge)
    client = signed_in(world.administrator)

    with django_assert_num_queries(16):
        client.get(reverse("achievements:undelivered"))


def test_who_may_not_mend_it_is_told_whom_to_ask(world, signed_in):
    provider = BadgeProviderFactory.create(organization=world.umbrella, is_enabled=False)
    badge = BadgeFactory.create(organization=world.academy, provider=provider)
    earned_by(world, AchievementFactory.create(organization=world.academy, badge=badge))
    clerk = UserFactory.create(organization=world.academy, manages=[world.academy])
    clerk.groups.set(world.administrator.groups.all())

    page = signed_in(clerk).get(reverse("achievements:undelivered"))

    (row,) = page.context["listing"].page
    assert [(one.words, one.url) for one in row.repairs] == [(f"Ask an administrator of {world.umbrella}.", "")]


@pytest.fixture
def achievement(world):
    badge = BadgeFactory.create(name="Owl", organization=world.academy, provider__name="Seals")
    return AchievementFactory.create(name="Finisher", organization=world.academy, badge=badge)


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ({"q": "sam"}, True),
        ({"q": "owl"}, True),
        ({"q": "elk"}, False),
        ({"badge": "ow"}, True),
        ({"badge": "sam"}, False),
    ],
)
def test_the_list_is_searched_by_people_and_badges(world, achievement, administrator, query, is_found):
    earned = earned_by(world, achievement, email="")

    page = administrator.get(reverse("achievements:undelivered"), query).context["listing"].page

    assert [row.earned for row in page] == ([earned] if is_found else [])


def test_links_lead_to_what_the_reader_may_open(world, achievement, administrator):
    """Of an achievement of others that our student has earned only its name is told."""
    ours = earned_by(world, achievement, email="")
    theirs = AchievementFactory.create(
        name="Elsewhere", organization=world.outside, is_global=True, reaches_all_trees=True, badge=achievement.badge
    )
    other = EarnedAchievementFactory.create(
        achievement=theirs, user=StudentFactory.create(organization=world.academy, email="")
    )

    context = administrator.get(reverse("achievements:undelivered")).context

    assert {row.earned for row in context["listing"].page} == {ours, other}
    assert context["achievements_in_reach"] == {achievement.pk}
    pages = {row.student.page for row in context["listing"].page}
    assert pages == {reverse("achievements:user", args=[one.user_id]) for one in (ours, other)}


def test_buttons_are_for_who_may_act(world, achievement, administrator, signed_in):
    failed(achievement.badge)
    clerk = UserFactory.create(organization=world.academy, manages=[world.academy])
    names = {"view_earnedachievement", "view_issuedbadge"}
    clerk.user_permissions.set(Permission.objects.filter(codename__in=names))

    clients = (administrator, signed_in(clerk))
    pages = [client.get(reverse("achievements:undelivered")).context for client in clients]

    assert [(page["may_act"], page["listing"].count) for page in pages] == [(True, 1), (False, 1)]
