import pytest
from django.db import IntegrityError

from badges.catalogue.editing import NameTakenError, delete_badge, save_badge, switch_manual_issuance, use_template
from badges.models import Badge
from tests.factories import BadgeFactory, BadgeTemplateFactory, IssuanceItemFactory

pytestmark = pytest.mark.django_db


def test_a_name_that_was_taken_at_the_last_moment_is_said_by_the_constraint():
    taken = BadgeFactory.create()

    with pytest.raises(NameTakenError):
        save_badge(lambda: BadgeFactory.create(name=taken.name, organization=taken.organization))


def test_another_broken_constraint_is_no_matter_of_the_name():
    badge = BadgeFactory.create()

    with pytest.raises(IntegrityError):
        save_badge(lambda: BadgeFactory.create(pk=badge.pk))


def test_a_badge_is_deleted_with_its_availability():
    badge = BadgeFactory.create()
    badge.available_to.add(badge.organization)

    refusal = delete_badge(badge)

    assert (refusal, Badge.objects.count()) == ("", 0)


def test_a_badge_of_which_only_refusals_are_on_record_stays():
    badge = IssuanceItemFactory.create(badge__name="Diver").badge

    refusal = delete_badge(badge)

    assert refusal == "Diver cannot be deleted: it is used by pairs of issuances."
    assert Badge.objects.exists()


@pytest.mark.parametrize(
    ("was_on", "is_on", "is_switched"), [(False, True, True), (True, False, True), (True, True, False)]
)
def test_manual_issuance_is_switched_and_says_whether_it_changed(was_on, is_on, is_switched):
    badge = BadgeFactory.create(manual_issuance=was_on)

    assert switch_manual_issuance(badge, is_on=is_on) is is_switched
    assert Badge.objects.get().manual_issuance is is_on


def test_a_badge_uses_another_template_and_keeps_all_else():
    badge = BadgeFactory.create(provider_template_id="gone", name="Owl")
    template = BadgeTemplateFactory.create(provider=badge.provider, external_id="owls")

    use_template(Badge.objects.get(pk=badge.pk), template)

    found = Badge.objects.get(pk=badge.pk)
    assert (found.provider_template_id, found.name, found.modified_at > badge.modified_at) == ("owls", "Owl", True)
