import datetime as dt

import pytest
from django.urls import reverse

from achievements.definitions.editing import newest_change, save_achievement
from achievements.models import Achievement
from operation.models import SweepHint
from tests.achievements.pages.reading import names, page
from tests.factories import (
    PAST,
    AchievementFactory,
    BadgeFactory,
    CourseFactory,
    EarnedAchievementFactory,
    HoldFactory,
)

LIST = reverse("achievements:list")
CREATE = reverse("achievements:create")
SWEEPS = reverse("achievements:sweeps")


@pytest.mark.parametrize("url", [LIST, CREATE, SWEEPS])
@pytest.mark.parametrize(
    ("persona", "status"),
    [("administrator", 200), ("instructor", 403), ("contractor", 403), ("student", 403), ("stranger", 403)],
)
def test_lists_are_for_administrators(world, signed_in, url, persona, status):
    response = signed_in(getattr(world, persona)).get(url)

    assert response.status_code == status


@pytest.mark.parametrize("name", ["details", "edit", "of", "sweep"])
def test_unknown_ids_are_not_found(administrator, name):
    response = administrator.get(page(name, 10**30))

    assert response.status_code == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["Ten Labs", "Three Courses"]),
        ({"q": "three"}, ["Three Courses"]),
        ({"name": "labs"}, ["Ten Labs"]),
        ({"badge_name": "dive"}, ["Ten Labs"]),
        ({"enabled": "true"}, ["Three Courses"]),
        ({"enabled": "false"}, ["Ten Labs"]),
        ({"created_at_before": "2020-01-01"}, []),
        ({"sort": "-points"}, ["Three Courses", "Ten Labs"]),
        ({"sort": "badge"}, ["Ten Labs", "Three Courses"]),
        ({"sort": "-badge"}, ["Ten Labs", "Three Courses"]),
    ],
)
def test_find_achievements_finds(world, achievement, administrator, query, found):
    badge = BadgeFactory.create(name="Diver", organization=world.umbrella)
    AchievementFactory.create(name="Ten Labs", organization=world.umbrella, badge=badge, is_enabled=False)
    AchievementFactory.create(name="Of others")

    response = administrator.get(LIST, query)

    assert names(response) == found


def test_find_achievements_by_badge_and_organization(world, achievement, administrator):
    badge = BadgeFactory.create(organization=world.umbrella)
    AchievementFactory.create(name="Ten Labs", organization=world.umbrella, badge=badge)

    by_badge = administrator.get(LIST, {"badge": badge.pk})
    by_organization = administrator.get(LIST, {"organization": world.academy.pk})

    assert (names(by_badge), names(by_organization)) == (["Ten Labs"], ["Three Courses"])


@pytest.mark.parametrize("rows", [1, 3])
def test_find_achievements_takes_eight_queries(world, administrator, django_assert_num_queries, rows):
    for _row in range(rows):
        AchievementFactory.create(organization=world.academy, badge=BadgeFactory.create(organization=world.academy))

    with django_assert_num_queries(9):
        administrator.get(LIST)


def test_find_achievements_exports(achievement, administrator):
    response = administrator.get(LIST, {"export": "csv", "columns": ["name", "badge", "points"]})

    assert response.getvalue().decode() == "\ufeffName,Badge,Points\r\nThree Courses,,10\r\n"


def test_details_show_the_names_beside_the_ids(world, administrator):
    course = CourseFactory.create(name="Diving", organization=world.academy)
    achievement = AchievementFactory.create(
        organization=world.academy, conditions=[{"Subject": 10, "Count": 1, "CourseIds": [course.pk, 10**12]}]
    )

    response = administrator.get(page("details", achievement.pk))

    [(condition, sentence)] = response.context["conditions"]
    assert sentence == "Be enrolled in or assigned a course, out of these: Diving, one that is no longer there."
    assert [(named.field, named.id, named.name) for named in condition.ids] == [
        ("CourseIds", course.pk, "Diving"),
        ("CourseIds", 10**12, "one that is no longer there"),
    ]


def test_details_say_how_many_earned_it(world, achievement, administrator):
    EarnedAchievementFactory.create(achievement=achievement, user=world.student, nth=1)
    again = EarnedAchievementFactory.create(
        achievement=achievement, user=world.student, nth=2, earned_at=PAST + dt.timedelta(days=1)
    )
    EarnedAchievementFactory.create(user=world.guest)

    context = administrator.get(page("details", achievement.pk)).context

    assert (context["counts"], context["newest"][0]) == ({"people": 1, "times": 2}, again)


@pytest.mark.parametrize("rows", [1, 3])
def test_details_take_twelve_queries(world, achievement, administrator, django_assert_num_queries, rows):
    EarnedAchievementFactory.create_batch(rows, achievement=achievement)

    with django_assert_num_queries(12):
        administrator.get(page("details", achievement.pk))


def test_the_history_is_told_and_exported(world, achievement, administrator):
    achievement.conditions = [{"Subject": 40, "Points": 5}]
    save_achievement(achievement, by=world.administrator, at=PAST)

    shown = administrator.get(page("history", achievement.pk))
    exported = administrator.get(page("history", achievement.pk), {"export": "csv", "columns": ["what", "version"]})

    assert "<ins>Earn 5 points from other achievements.</ins>" in shown.text
    assert exported.getvalue().decode() == (
        '\ufeffWhat,Version\r\n"Gone: Complete a course.\nNew: Earn 5 points from other achievements.",2\r\n'
    )


@pytest.mark.parametrize("changes", [1, 3])
def test_the_history_takes_nine_queries(world, achievement, administrator, django_assert_num_queries, changes):
    for points in range(2, 2 + changes):
        achievement.points = points
        save_achievement(achievement, by=world.administrator, at=PAST)

    with django_assert_num_queries(10):
        administrator.get(page("history", achievement.pk))


def test_somebody_without_the_permission_to_change_switches_nothing(world, achievement, signed_in):
    world.administrator.groups.clear()

    assert signed_in(world.administrator).post(page("disable", achievement.pk)).status_code == 403
    assert Achievement.objects.get().is_enabled


def test_a_page_follows_the_check_of_everybody_to_its_end(world, achievement, administrator):
    def look(**headers):
        text = administrator.get(page("details", achievement.pk), headers=headers).text
        says = ("Checking everyone now.", "This takes longer than usual.", "The results are here.")
        return [words for words in says if words in text], 'hx-trigger="every 2s"' in text

    again = {"HX-Request": "true", "HX-Target": "checking"}
    assert look() == ([], False)
    save_achievement(achievement, by=world.administrator, at=PAST, seen=newest_change(achievement.pk))
    assert look() == look(**again) == (["Checking everyone now."], True)
    SweepHint.objects.update(created_at=PAST)
    assert look(**again) == (["This takes longer than usual."], True)
    SweepHint.objects.all().delete()
    assert look(**again) == (["The results are here."], False)
    HoldFactory.create(achievement=achievement)
    assert (
        "The results are here. Awards wait for approval."
        in administrator.get(page("details", achievement.pk), headers=again).text
    )


def test_a_disabled_achievement_is_not_followed(world, achievement, administrator):
    save_achievement(achievement, by=world.administrator, at=PAST, seen=newest_change(achievement.pk))
    Achievement.objects.update(is_enabled=False)

    text = administrator.get(page("details", achievement.pk)).text

    assert ("It is disabled, so we do not check it." in text, "every 2s" in text) == (True, False)
