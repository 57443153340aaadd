import pytest
from django.urls import reverse

from achievements.conditions.parsing import parse
from achievements.conditions.terms import canonical
from achievements.definitions.editing import copy_of, save_achievement, switch
from achievements.definitions.widening import WideReachError, may_reach
from achievements.editor.fields import canonical_text
from achievements.models import Achievement
from tests.factories import (
    PAST,
    AchievementFactory,
    AdministratorFactory,
    BadgeFactory,
    LearningPathCourseFactory,
    LearningPathFactory,
    OrganizationFactory,
)

REFUSED = ["Global reaches all organizations of Umbrella. Untick it, or ask an administrator of Umbrella."]
SUPERUSERS_ONLY = ["It reaches other trees of organizations. Only a superuser may save it."]
ANY_LAB = canonical(parse("[{Subject:0, Count:1}]").conditions)


@pytest.fixture
def below(world):
    """Administers the academy, which stands below the root of its tree."""
    return AdministratorFactory.create(organization=world.academy, is_staff=True)


@pytest.fixture
def superuser(world):
    return AdministratorFactory.create(organization=world.outside, is_superuser=True, is_staff=True)


def achievement_of(world, **fields):
    return AchievementFactory.create(organization=world.academy, conditions=ANY_LAB, **fields)


def form_of(achievement, **changes):
    data = {
        "name": achievement.name,
        "organization": achievement.organization_id,
        "points": achievement.points,
        "frequency": achievement.frequency,
        "frequency_type": achievement.frequency_type,
        "conditions": canonical_text(achievement.conditions),
    }
    for name in ("is_global", "reaches_all_trees", "is_enabled"):
        if getattr(achievement, name):
            data[name] = "on"
    data |= changes
    return {name: value for name, value in data.items() if value is not None}


def edit(client, achievement, **changes):
    return client.post(reverse("achievements:edit", args=[achievement.pk]), form_of(achievement, **changes))


def test_who_may_let_it_reach_how_far(world, below, superuser):
    asked = [(below, False), (world.administrator, False), (world.administrator, True), (superuser, True), (None, True)]

    found = [may_reach(user, world.academy, all_trees=all_trees) for user, all_trees in asked]

    assert found == [False, True, False, True, True]


@pytest.mark.parametrize(
    ("who", "status", "is_global"), [("below", 422, False), ("administrator", 302, True), ("superuser", 302, True)]
)
def test_global_is_ticked_by_who_administers_the_root(world, below, superuser, signed_in, who, status, is_global):
    achievement = achievement_of(world)
    people = {"below": below, "administrator": world.administrator, "superuser": superuser}

    response = edit(signed_in(people[who]), achievement, is_global="on")

    achievement.refresh_from_db()
    assert (response.status_code, achievement.is_global) == (status, is_global)


def test_a_new_global_one_is_refused_with_a_sentence(world, below, signed_in):
    data = form_of(Achievement(name="New", organization=world.academy, conditions=ANY_LAB), is_global="on")

    response = signed_in(below).post(reverse("achievements:create"), data)

    assert response.context["form"].errors == {"is_global": REFUSED}
    assert not Achievement.objects.exists()


def test_what_a_browser_says_it_was_does_not_count(world, below, signed_in):
    """A form brings back what it said when it was drawn, and that can be forged."""
    achievement = achievement_of(world)

    response = edit(
        signed_in(below), achievement, is_global="on", seen="0", **{"initial-is_global": "on", "initial-points": "0"}
    )

    assert response.context["form"].errors == {"is_global": REFUSED}


@pytest.mark.parametrize(
    "changes", [{"conditions": "[{Subject:0, Count:2}]"}, {"name": "Other"}, {"description": "Words"}, {"points": "7"}]
)
def test_a_global_one_is_not_edited_from_below(world, below, signed_in, changes):
    achievement = achievement_of(world, is_global=True)

    response = edit(signed_in(below), achievement, **changes)

    assert response.context["form"].errors == {"is_global": REFUSED}


def test_a_global_one_is_unticked_from_below(world, below, signed_in):
    achievement = achievement_of(world, is_global=True)

    response = edit(signed_in(below), achievement, is_global=None, name="Ours")

    achievement.refresh_from_db()
    assert (response.status_code, achievement.is_global, achievement.name) == (302, False, "Ours")


def test_a_global_one_is_disabled_and_not_enabled_from_below(world, below, signed_in):
    achievement = achievement_of(world, is_global=True)
    client = signed_in(below)

    client.post(reverse("achievements:disable", args=[achievement.pk]), follow=True)
    achievement.refresh_from_db()
    was_disabled = not achievement.is_enabled
    response = client.post(reverse("achievements:enable", args=[achievement.pk]), follow=True)

    achievement.refresh_from_db()
    assert (was_disabled, achievement.is_enabled) == (True, False)
    assert [str(message) for message in response.context["messages"]] == REFUSED


def test_only_a_superuser_is_offered_all_trees(world, superuser, signed_in):
    achievement = achievement_of(world)

    edit(signed_in(world.administrator), achievement, is_global="on", reaches_all_trees="on")
    achievement.refresh_from_db()
    forged = achievement.reaches_all_trees
    edit(signed_in(superuser), achievement, is_global="on", reaches_all_trees="on")

    achievement.refresh_from_db()
    assert (forged, achievement.reaches_all_trees) == (False, True)


def test_what_reaches_all_trees_is_saved_by_a_superuser_only(world, signed_in):
    achievement = achievement_of(world, is_global=True, reaches_all_trees=True)

    response = edit(signed_in(world.administrator), achievement, name="Other")

    assert response.context["form"].errors == {"is_global": SUPERUSERS_ONLY}


def test_all_trees_go_with_global(world, superuser, signed_in):
    response = edit(signed_in(superuser), achievement_of(world), reaches_all_trees="on")

    assert response.context["form"].errors == {"reaches_all_trees": ["This goes with Global only. Tick Global, too."]}


def test_who_unticks_global_forgets_all_trees(world):
    achievement = achievement_of(world, is_global=True, reaches_all_trees=True)
    achievement.is_global = False
    save_achievement(achievement, by=world.administrator, at=PAST)
    achievement.is_global = True

    save_achievement(achievement, by=world.administrator, at=PAST)

    achievement.refresh_from_db()
    assert (achievement.is_global, achievement.reaches_all_trees) == (True, False)


@pytest.mark.parametrize(("who", "is_global"), [("below", False), ("administrator", True)])
def test_a_copy_reaches_no_further_than_who_makes_it(world, below, who, is_global):
    people = {"below": below, "administrator": world.administrator}

    copy = copy_of(achievement_of(world, is_global=True), by=people[who], at=PAST)

    assert copy.is_global is is_global


def test_the_rule_holds_at_the_one_door(world, below):
    achievement = achievement_of(world, is_global=True, is_enabled=False)

    with pytest.raises(WideReachError):
        switch(achievement, is_enabled=True, by=below, at=PAST)
    with pytest.raises(WideReachError):
        save_achievement(Achievement(name="N", organization=world.academy, is_global=True), by=below, at=PAST)


def test_the_administration_asks_the_same(world, below, superuser, signed_in):
    achievement = achievement_of(world)
    page = reverse("admin:achievements_achievement_change", args=[achievement.pk])

    response = signed_in(below).post(page, form_of(achievement, is_global="on", reaches_all_trees="on"))

    assert response.context["adminform"].form.errors == {"is_global": REFUSED}
    assert "reaches_all_trees" not in signed_in(below).get(page).text
    assert "reaches_all_trees" in signed_in(superuser).get(page).text


def test_the_badge_of_a_path_is_global_only_for_who_may(world, below, signed_in):
    OrganizationFactory.create(parent=world.academy)
    path = LearningPathFactory.create(organization=world.academy)
    LearningPathCourseFactory.create(learning_path=path, course=world.course)
    badge = BadgeFactory.create(organization=world.academy)
    page = reverse("achievements:path_badge", args=[path.pk])
    form = {"name": "Path", "badge": badge.pk, "points": "0", "is_enabled": "on", "is_global": "on"}

    drawn = [signed_in(user).get(page).context["form"].instance.is_global for user in (below, world.administrator)]
    response = signed_in(below).post(page, form)

    assert drawn == [False, True]
    assert response.context["form"].errors == {"is_global": REFUSED}
    assert not Achievement.objects.exists()


def test_a_preview_is_refused_as_the_editor_refuses(world, below, signed_in):
    data = form_of(Achievement(name="New", organization=world.academy, conditions=ANY_LAB), is_global="on")

    response = signed_in(below).post(reverse("achievements:preview_new"), data)

    assert response.status_code == 422
    assert response.context["form"].errors == {"is_global": REFUSED}
