from typing import Any

import pytest
from django.urls import reverse

from achievements.definitions.editing import newest_change, save_achievement
from achievements.models import Achievement, AchievementChange
from operation.models import SweepHint
from tests.factories import (
    PAST,
    AchievementFactory,
    AdministratorFactory,
    BadgeFactory,
    CourseFactory,
    EarnedAchievementFactory,
    SweepFactory,
    SweepProblemFactory,
    UserFactory,
)

ADD = reverse("admin:achievements_achievement_add")
LABS = "[{Subject:0, Count:2, Complete:True,},]"


@pytest.fixture
def client(world, signed_in):
    """The administrator of the umbrella."""
    return signed_in(world.administrator)


@pytest.fixture
def achievement(world) -> Achievement:
    return AchievementFactory.create(organization=world.academy)


def change(achievement: Achievement) -> str:
    return reverse("admin:achievements_achievement_change", args=[achievement.pk])


def data(world, **changes) -> dict[str, Any]:
    return {
        "name": "Welder",
        "organization": world.academy.pk,
        "points": 10,
        "frequency": 1,
        "frequency_type": "per_user",
        "is_enabled": "on",
        "conditions": "[{Subject:10, Count:1, Complete:true}]",
        **changes,
    }


def errors(page) -> Any:
    return page.context["adminform"].form.errors


def test_conditions_are_stored_as_canonical_json(world, client):
    client.post(ADD, data(world, conditions=LABS))

    stored = Achievement.objects.get()
    assert (stored.conditions, stored.version) == ([{"Subject": 0, "Count": 2, "Complete": True}], 1)


def test_the_page_shows_the_conditions_one_to_a_line(client, achievement):
    form = client.get(change(achievement)).context["adminform"].form

    assert form["conditions"].value() == '[\n  {"Subject": 10, "Count": 1, "Complete": true}\n]'


def test_a_mistake_in_the_conditions_is_shown_with_its_place(world, client):
    page = client.post(ADD, data(world, conditions="[{Subject:10,\n Cuont:1}]"))

    assert errors(page) == {"conditions": ["Line 2, column 2: There is no field “Cuont”. Did you mean Count?"]}
    assert page.context["adminform"].form["conditions"].value() == "[{Subject:10,\n Cuont:1}]"


def test_conditions_name_only_what_the_organization_may_count(world, client):
    own, other = CourseFactory.create(organization=world.academy), CourseFactory.create(organization=world.outside)

    page = client.post(ADD, data(world, conditions=f"[{{Subject:10, CourseIds:[{own.pk}, {other.pk}, 987654]}}]"))

    assert [message.partition(": ")[2] for message in errors(page)["conditions"]] == [
        f"There is no course {other.pk} here.",
        "There is no course 987654 here.",
    ]


def test_conditions_that_name_what_is_gone_do_not_lock_the_rest(world, client, achievement):
    gone = [{"Subject": 10, "Count": 1, "CourseIds": [987654]}]
    Achievement.objects.filter(pk=achievement.pk).update(conditions=gone)

    client.post(change(achievement), data(world, name="Renamed", conditions="[{Subject:10, CourseIds:[987654]}]"))

    achievement.refresh_from_db()
    assert (achievement.name, achievement.conditions, achievement.version) == ("Renamed", gone, 1)


def test_conditions_are_required(world, client):
    assert errors(client.post(ADD, data(world, conditions=" "))) == {"conditions": ["This field is required."]}


def test_a_trap_in_the_conditions_is_pointed_out(world, client):
    page = client.post(ADD, data(world, conditions="[{Subject:20, Count:1}]"), follow=True)

    assert "Subject 20 without CourseTagIds counts courses. It is saved as Subject 10." in [
        str(message) for message in page.context["messages"]
    ]


def test_changed_conditions_are_a_new_version(world, client, achievement):
    client.post(change(achievement), data(world, conditions=LABS))

    achievement.refresh_from_db()
    assert achievement.version == 2


def test_the_same_conditions_in_other_words_are_no_new_version(world, client, achievement):
    client.post(change(achievement), data(world, conditions="[{'complete': True, SUBJECT: 10}]"))

    achievement.refresh_from_db()
    assert achievement.version == 1


def test_saving_an_achievement_queues_it_for_the_sweep(world, client, achievement):
    client.post(change(achievement), data(world, name="Renamed"))

    assert list(SweepHint.objects.values_list("achievement_id", flat=True)) == [achievement.pk]


def test_forged_ids_are_no_choices_of_an_achievement(world, client, achievement):
    badge = BadgeFactory.create(organization=world.outside)

    page = client.post(change(achievement), data(world, organization=world.outside.pk, badge=badge.pk))

    assert list(errors(page)) == ["organization", "badge"]


def test_an_achievement_takes_no_badge_of_another_organization(world, client, achievement):
    badge = BadgeFactory.create(name="Above", organization=world.umbrella)

    page = client.post(change(achievement), data(world, badge=badge.pk))

    assert errors(page) == {"badge": ["Above is not available to Academy."]}


def test_an_achievement_takes_a_badge_that_is_available(world, client, achievement):
    badge = BadgeFactory.create(organization=world.umbrella)
    badge.available_to.add(world.academy)

    client.post(change(achievement), data(world, badge=badge.pk))

    achievement.refresh_from_db()
    assert achievement.badge == badge


def test_an_achievement_nobody_earned_can_be_deleted_with_its_problems(client, achievement):
    SweepProblemFactory.create(achievement=achievement)

    client.post(reverse("admin:achievements_achievement_delete", args=[achievement.pk]), {"post": "yes"})

    assert list(Achievement.objects.all()) == []


def test_an_achievement_somebody_earned_is_not_deleted(client, achievement):
    EarnedAchievementFactory.create(achievement=achievement)

    client.post(reverse("admin:achievements_achievement_delete", args=[achievement.pk]), {"post": "yes"})

    assert list(Achievement.objects.all()) == [achievement]


def test_the_log_of_sweeps_is_none_of_a_customer_s(world, client):
    sweep = SweepFactory.create(started_by=UserFactory.create(last_name="Canary", organization=world.outside))

    page = client.get(reverse("admin:achievements_sweep_change", args=[sweep.pk]))

    assert (page.status_code, "Canary" in page.text) == (404, False)


@pytest.mark.parametrize("factory", [EarnedAchievementFactory, SweepFactory, SweepProblemFactory])
def test_what_the_sweep_writes_is_there_to_read(signed_in, db, factory):
    row = factory.create()
    client = signed_in(UserFactory.create(is_superuser=True, is_staff=True))
    name = row._meta.model_name

    statuses = [
        client.post(reverse(f"admin:achievements_{name}_{page}", args=[row.pk]), {"post": "yes"}).status_code
        for page in ("change", "delete")
    ]

    assert statuses == [403, 403]


def test_the_admin_writes_the_history_too(world, client, achievement):
    client.post(change(achievement), data(world, name="Renamed"))

    [line] = AchievementChange.objects.filter(achievement=achievement)
    assert line.changed_by is not None
    assert "name" in line.changed


def test_the_admin_tells_of_somebody_who_saved_meanwhile(world, client, achievement):
    seen = newest_change(achievement.pk)
    achievement.points = 99
    save_achievement(achievement, by=world.administrator, at=PAST)

    page = client.post(change(achievement), data(world, name="Renamed", seen=seen))

    assert "Somebody saved this achievement while you were editing it." in page.text
    achievement.refresh_from_db()
    assert (achievement.points, achievement.name == "Renamed") == (99, False)


def test_the_admin_tells_those_apart_who_saved_meanwhile(world, client, achievement):
    names = {"first_name": "Ada", "last_name": "Lopez", "organization": world.umbrella}
    first, second = (AdministratorFactory.create(email=f"ada{n}@example.test", **names) for n in (1, 2))
    seen = newest_change(achievement.pk)
    for points, by in ((98, first), (99, second)):
        achievement.points = points
        save_achievement(achievement, by=by, at=PAST)

    page = client.post(change(achievement), data(world, name="Renamed", seen=seen))

    assert [person.email in page.text for person in (first, second)] == [True, True]


def test_an_achievement_with_a_history_can_be_deleted(world, client, achievement):
    achievement.points = 99
    save_achievement(achievement, by=world.administrator, at=PAST)

    client.post(reverse("admin:achievements_achievement_delete", args=[achievement.pk]), {"post": "yes"})

    assert not Achievement.objects.exists()
