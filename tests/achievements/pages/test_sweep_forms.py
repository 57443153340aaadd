"""What the long lists of a sweep are narrowed by."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from achievements.models import EarnedAchievement
from achievements.pages.sweep_forms import MAX_ID
from tests.achievements.log.not_delivered import earned_by, failed
from tests.achievements.pages.reading import page
from tests.factories import (
    AchievementFactory,
    BadgeFactory,
    EarnedAchievementFactory,
    IssuedBadgeFactory,
    SweepFactory,
    SweepProblemFactory,
)


def test_awards_are_found_by_achievement_and_by_student(world, achievement, administrator):
    sweep = SweepFactory.create()
    one = EarnedAchievementFactory.create(sweep=sweep, achievement=achievement, user=world.student)
    other = EarnedAchievementFactory.create(sweep=sweep, achievement__organization=world.academy)
    foreign = AchievementFactory.create()
    address = page("sweep_awards", sweep.pk)

    asked = [{"achievement": achievement.pk}, {"student": other.user.username}, {"achievement": foreign.pk}]
    found = [list(administrator.get(address, query).context["listing"].page) for query in asked]

    assert found == [[one], [other], []]


def test_the_choices_are_the_achievements_of_this_sweep_that_one_sees(world, achievement, administrator):
    sweep, other = SweepFactory.create(), SweepFactory.create()
    elsewhere = AchievementFactory.create(organization=world.academy)
    for one in (sweep, other):
        theirs = achievement if one == sweep else elsewhere
        EarnedAchievementFactory.create(sweep=one, achievement=theirs, user=world.student)
        SweepProblemFactory.create(sweep=one, achievement=theirs)
    EarnedAchievementFactory.create(sweep=sweep)
    SweepProblemFactory.create(sweep=sweep)

    choices = [
        list(administrator.get(page(name, sweep.pk)).context["listing"].filterset.form.fields["achievement"].queryset)
        for name in ("sweep_awards", "sweep_problems")
    ]

    assert choices == [[achievement], [achievement]]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"state": "withheld"}, {"Kept"}),
        ({"state": "failed"}, {"Refused"}),
        ({"state": "waits"}, {"Still"}),
        ({"since_after": "2026-03-02"}, {"Refused", "Still"}),
        ({"since_before": "2026-03-02"}, {"Kept", "Refused"}),
        ({"since_after": "2026-03-02", "state": "waits"}, {"Still"}),
        ({"state": "revoked"}, set()),
        ({"since_after": "yesterday"}, set()),
    ],
)
def test_undelivered_badges_are_found_by_state_and_by_day_and_exported_so(world, administrator, query, names):
    at = {day: datetime(2026, 3, day, 12, tzinfo=UTC) for day in (1, 2, 3)}
    names_of = ("Kept", "Refused", "Still")
    kept, refused, still = (BadgeFactory.create(name=name, organization=world.academy) for name in names_of)
    earned_by(world, AchievementFactory.create(organization=world.academy, badge=kept), email="")
    EarnedAchievement.objects.update(earned_at=at[1])
    failed(refused, failed_at=at[2])
    still.provider.is_enabled = False
    still.provider.save()
    IssuedBadgeFactory.create(badge=still, delivery="pending", delivered_at=None, issued_at=at[3])
    address = reverse("achievements:undelivered")

    shown = {row.badge.name for row in administrator.get(address, query).context["listing"].page}
    exported = administrator.get(address, query | {"export": "csv", "columns": ["badge"]})

    assert shown == names
    assert set(b"".join(exported.streaming_content).decode("utf-8-sig").splitlines()[1:]) == names


@pytest.mark.parametrize("name", ["sweep", "user", "badge_id", "provider"])
@pytest.mark.parametrize(
    ("value", "is_valid"), [(1, True), (MAX_ID, True), (0, False), (MAX_ID + 1, False), ("x", False)]
)
def test_ids_of_sweeps_students_badges_and_providers_are_ids_that_the_database_can_have(
    administrator, name, value, is_valid
):
    response = administrator.get(reverse("achievements:undelivered"), {name: value})

    assert response.context["listing"].filterset.is_valid() is is_valid
