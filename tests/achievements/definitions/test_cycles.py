import pytest
from django.urls import reverse

from achievements.conditions.parsing import parse
from achievements.conditions.terms import canonical
from achievements.definitions.cycles import warnings_of_cycles
from achievements.editor.fields import canonical_text
from achievements.models import Achievement
from tests.factories import AchievementFactory

SAID = "“{}” depends on itself through the achievements it lists, so no one can earn it."


def listing(*achievements):
    ids = [one.pk for one in achievements]
    return canonical(parse(f"[{{Subject:40, AchievementIds:{ids}}}]").conditions)


def one(world, name, *listed):
    conditions = {"conditions": listing(*listed)} if listed else {}
    return AchievementFactory.create(name=name, organization=world.academy, **conditions)


@pytest.fixture
def cycle(world):
    """First lists second, second lists third; third is to list first."""
    third = one(world, "Third")
    second = one(world, "Second", third)
    return one(world, "First", second), second, third


def warnings(achievement, *listed):
    conditions = parse(str(listing(*listed))).conditions
    return warnings_of_cycles(conditions, achievement.organization, achievement_id=achievement.pk)


def test_who_closes_the_cycle_is_warned(world, cycle):
    first, _second, third = cycle

    assert warnings(third, first) == [[SAID.format("First")]]


def test_what_lists_a_cycle_cannot_be_earned_either(world, cycle):
    first, second, third = cycle
    Achievement.objects.filter(pk=third.pk).update(conditions=listing(first))
    draft = Achievement(name="New", organization=world.academy)

    assert warnings(draft, second) == [[SAID.format("Second")]]


def test_a_line_of_achievements_is_no_cycle(world, cycle):
    assert warnings(Achievement(organization=world.academy), *cycle) == [[]]


def test_nothing_is_told_of_what_may_not_be_named(world, cycle):
    first, _second, third = cycle
    Achievement.objects.filter(pk=third.pk).update(conditions=listing(first))

    assert warnings(Achievement(organization=world.outside), first) == [[]]


def test_conditions_on_training_ask_nothing(world, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert warnings_of_cycles(parse("[{Count:1}]").conditions, world.academy, achievement_id=None) == [[]]


def form_of(achievement, conditions):
    return {
        "name": achievement.name,
        "organization": achievement.organization_id,
        "points": "0",
        "frequency": "1",
        "frequency_type": "per_user",
        "conditions": canonical_text(conditions),
    }


@pytest.mark.parametrize("page", ["achievements:edit", "admin:achievements_achievement_change"])
def test_editor_and_administration_say_it_when_they_save(world, cycle, signed_in, page):
    first, _second, third = cycle
    client, form = signed_in(world.administrator), form_of(third, listing(first))

    response = client.post(reverse(page, args=[third.pk]), form, follow=True)

    assert SAID.format("First") in [str(message) for message in response.context["messages"]]


def test_the_preview_says_it_of_a_draft_and_of_what_is_stored(world, cycle, signed_in):
    first, _second, third = cycle
    client, page = signed_in(world.administrator), reverse("achievements:preview", args=[third.pk])

    drafted = client.post(page, form_of(third, listing(first))).context["warnings"]
    Achievement.objects.filter(pk=third.pk).update(conditions=listing(first))
    stored = client.get(page).context["warnings"]

    assert (drafted, stored) == ([SAID.format("First")],) * 2


def test_the_builder_says_it_at_the_condition(world, cycle, signed_in):
    first, _second, third = cycle
    data = form_of(third, listing(first)) | {"achievement": third.pk}

    response = signed_in(world.administrator).post(reverse("achievements:conditions"), data)

    assert [line.warnings for line in response.context["shown"].lines] == [[SAID.format("First")]]
