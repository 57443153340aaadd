"""The form of a badge, and the filters of its list."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from badges.models import Badge
from tests.badges.pages.badge_form import form_of, names
from tests.factories import (
    BadgeFactory,
    BadgeProviderFactory,
)


@pytest.fixture
def badge(automatic):
    return automatic


def test_find_badges_by_organization_and_provider(world, badge, administrator):
    BadgeFactory.create(organization=world.umbrella)

    by_organization = administrator.get(reverse("badges:list"), {"organization": world.academy.pk})
    by_provider = administrator.get(reverse("badges:list"), {"provider": badge.provider_id})

    assert (names(by_organization), names(by_provider)) == (["Diver"], ["Diver"])


def test_another_organization_is_no_choice_of_a_filter(world, badge, administrator):
    response = administrator.get(reverse("badges:list"), {"organization": world.outside.pk})

    assert names(response) == []
    assert response.context["listing"].filterset.errors != {}


def test_the_provider_is_asked_for_first_and_manual_issuance_last(administrator):
    response = administrator.get(reverse("badges:create"))

    assert [field.label for field in response.context["form"].basic_information] == [
        "Badge Provider",
        "Badge Provider Template Id",
        "Name",
        "Description",
        "Criteria",
        "Image",
        "Organization",
        "Valid for (days)",
        "Enable Manual Issuance",
    ]


def test_a_new_badge_belongs_to_the_administrators_organization(world, administrator):
    response = administrator.get(reverse("badges:create"))

    assert response.context["form"]["organization"].value() == world.umbrella.pk


def test_editing_refuses_what_is_no_picture(badge, administrator):
    upload = SimpleUploadedFile("art.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>")

    response = administrator.post(reverse("badges:edit", args=[badge.pk]), form_of(badge, image=upload))

    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["image"]


@pytest.mark.parametrize("field", ["organization", "provider", "available_to"])
def test_editing_refuses_rows_of_other_organizations(world, badge, administrator, field):
    foreign = {
        "organization": world.outside.pk,
        "provider": BadgeProviderFactory.create(organization=world.outside).pk,
        "available_to": [world.outside.pk],
    }

    response = administrator.post(reverse("badges:edit", args=[badge.pk]), form_of(badge, **{field: foreign[field]}))

    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]


def test_editing_refuses_a_provider_that_the_organization_may_not_use(world, badge, administrator):
    provider = BadgeProviderFactory.create(name="Of the umbrella", organization=world.umbrella)

    response = administrator.post(reverse("badges:edit", args=[badge.pk]), form_of(badge, provider=provider.pk))

    assert response.context["form"].errors == {"provider": ["Of the umbrella is not available to Academy."]}


def test_editing_refuses_a_name_that_is_taken(world, badge, administrator):
    BadgeFactory.create(name="Climber", organization=world.academy)

    response = administrator.post(reverse("badges:edit", args=[badge.pk]), form_of(badge, name="Climber"))

    badge.refresh_from_db()
    assert (response.status_code, badge.name) == (422, "Diver")


@pytest.mark.parametrize("control", ["\x01", "\x08", "\x1b", "\x7f", "\x9f"])
@pytest.mark.parametrize("field", ["name", "description", "criteria"])
def test_a_control_character_is_refused_at_its_field(badge, administrator, field, control):
    response = administrator.post(
        reverse("badges:edit", args=[badge.pk]), form_of(badge, **{field: f"First{control}second"})
    )

    assert (response.status_code, list(response.context["form"].errors)) == (422, [field])
    assert "a control character" in response.context["form"].errors[field][0]
    assert Badge.objects.get(pk=badge.pk).name == "Diver"


@pytest.mark.parametrize("line_break", ["\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\r\n"])
def test_whatever_a_word_processor_writes_for_a_line_break_becomes_one(badge, administrator, line_break):
    text = f"First line{line_break}second line"

    administrator.post(reverse("badges:edit", args=[badge.pk]), form_of(badge, description=text, criteria=text))

    stored = Badge.objects.get(pk=badge.pk)
    assert stored.description == stored.criteria == "First line\nsecond line"


def test_a_form_cannot_set_what_it_does_not_show(badge, administrator):
    administrator.post(reverse("badges:edit", args=[badge.pk]), form_of(badge, id="9", created_at="2020-01-01"))

    stored = Badge.objects.get()
    assert (stored.pk, stored.created_at) == (badge.pk, badge.created_at)
