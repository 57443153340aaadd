"""The pages of the approval limit: who sees held awards, and who decides what becomes of them."""

import pytest
from django.urls import reverse

from achievements.definitions.editing import save_achievement
from achievements.models import Achievement, Hold
from operation.models import SweepHint
from tests.achievements.pages.reading import messages_of, page
from tests.factories import AchievementFactory, HoldFactory, OrganizationFactory, TrainingRecordFactory, UserFactory

HOLDS = reverse("achievements:holds")


def test_the_list_has_what_is_in_reach(hold, administrator):
    HoldFactory.create()

    response = administrator.get(HOLDS)

    assert [row.achievement.name for row in response.context["listing"].page] == ["Finisher"]


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_takes_the_same_queries_for_one_and_for_three(world, administrator, django_assert_num_queries, number):
    for _ in range(number):
        achievement = AchievementFactory.create(organization=OrganizationFactory.create(parent=world.academy))
        HoldFactory.create(achievement=achievement, decision="approved", decided_by=world.administrator)

    with django_assert_num_queries(8):
        administrator.get(HOLDS)


def test_the_page_shows_whose_awards_wait(world, hold, administrator):
    TrainingRecordFactory.create(user=world.student, course=world.course)

    response = administrator.get(page("hold", hold.pk))

    assert list(response.context["preview"].awarded.people) == [world.student]
    assert 'value="approved"' in response.text


def test_who_only_manages_may_not_decide(world, hold, signed_in):
    manager = signed_in(UserFactory.create(organization=world.academy, manages=[world.academy]))

    assert manager.get(page("hold", hold.pk)).status_code == 403
    assert manager.post(page("hold", hold.pk), {"decision": "approved"}).status_code == 403
    hold.refresh_from_db()
    assert hold.decision == Hold.Decision.WAITING


def test_approve_lets_the_awards_go_on(world, hold, administrator):
    response = administrator.post(page("hold", hold.pk), {"decision": "approved"}, follow=True)

    hold.refresh_from_db()
    assert (hold.decision, hold.decided_by) == (Hold.Decision.APPROVED, world.administrator)
    assert SweepHint.objects.filter(achievement_id=hold.achievement_id).exists()
    assert messages_of(response) == ["Approved. The next sweep gives these awards, usually within seconds."]


def test_discard_switches_the_achievement_off(world, hold, administrator):
    response = administrator.post(page("hold", hold.pk), {"decision": "discarded"}, follow=True)

    hold.refresh_from_db()
    hold.achievement.refresh_from_db()
    assert (hold.decision, hold.decided_by, hold.achievement.is_enabled) == (
        Hold.Decision.DISCARDED,
        world.administrator,
        False,
    )
    assert messages_of(response) == [
        "Discarded. The achievement is disabled. No one is awarded until you enable it again."
    ]


def test_hold_of_a_disabled_achievement_is_not_approved(world, hold, administrator):
    Achievement.objects.filter(pk=hold.achievement_id).update(is_enabled=False)

    response = administrator.post(page("hold", hold.pk), {"decision": "approved"}, follow=True)

    hold.refresh_from_db()
    assert hold.decision == Hold.Decision.WAITING
    [words] = messages_of(response)
    assert words.startswith("Nothing changed. The achievement is disabled, so no one would be awarded. Enable it first")
    assert 'value="approved"' not in response.text


def test_hold_that_lapsed_says_so(world, hold, administrator):
    hold.achievement.is_global = True
    save_achievement(hold.achievement, by=world.administrator, at=hold.held_at)

    response = administrator.get(page("hold", hold.pk))

    assert "Lapsed by a change" in response.text
    assert 'value="approved"' not in response.text


def test_what_was_decided_stays(world, hold, administrator):
    administrator.post(page("hold", hold.pk), {"decision": "approved"}, follow=True)

    response = administrator.post(page("hold", hold.pk), {"decision": "discarded"}, follow=True)

    hold.refresh_from_db()
    assert hold.decision == Hold.Decision.APPROVED
    assert messages_of(response) == [
        "Nothing changed. Someone else has already decided, or the achievement was edited."
    ]
    assert 'value="approved"' not in response.text


def test_home_says_what_waits(hold, administrator):
    HoldFactory.create()

    assert "1 achievement waits for your decision" in administrator.get("/").text


def test_home_says_nothing_while_nothing_waits(world, administrator):
    HoldFactory.create(achievement__organization=world.academy, decision=Hold.Decision.APPROVED)

    assert "for your decision" not in administrator.get("/").text


def test_the_approval_limit_of_an_organization_is_set_in_the_admin(world, administrator):
    response = administrator.get(reverse("admin:organizations_organization_change", args=[world.academy.pk]))

    assert 'name="approval_limit"' in response.text
