"""Whose brand is shown to whom, and what of it a page costs."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from organizations.brands import ShownBrand, brand_of, shown_to, styles_address, styles_of
from organizations.models import Brand, User
from organizations.sign_in.authentication import NameOrEmailBackend
from tests.factories import BrandFactory, OrganizationFactory


def test_an_organization_shows_its_own_brand_before_that_above_it(world):
    BrandFactory.create(organization=world.umbrella, name="Umbrella Group", colour="#123456")
    BrandFactory.create(organization=world.academy, name="", colour="")
    below = OrganizationFactory.create(parent=world.academy)

    academy = ShownBrand(world.academy.pk, "Academy", "", "")
    assert brand_of(world.umbrella) == ShownBrand(world.umbrella.pk, "Umbrella Group", "", "#123456")
    assert [brand_of(world.academy), brand_of(below)] == [academy, academy]
    assert [brand_of(world.partner), brand_of(world.outside)] == [None, None]


def test_a_brand_is_inherited_over_any_distance(world):
    BrandFactory.create(organization=world.umbrella, name="Umbrella Group")
    lowest = world.academy
    for _step in range(5):
        lowest = OrganizationFactory.create(parent=lowest)

    shown = brand_of(lowest)

    assert shown
    assert shown.name == "Umbrella Group"


def test_an_account_that_is_read_for_a_request_knows_its_brand(world, django_assert_num_queries):
    BrandFactory.create(organization=world.umbrella, name="Umbrella Group")

    with django_assert_num_queries(1):
        user = NameOrEmailBackend().get_user(world.student.pk)
        assert user
        shown = shown_to(user)

    assert shown
    assert shown.name == "Umbrella Group"
    assert shown_to(User.objects.get(pk=world.student.pk)) == shown


def test_a_closed_account_is_no_account(world):
    User.objects.filter(pk=world.student.pk).update(is_active=False)

    assert NameOrEmailBackend().get_user(world.student.pk) is None
    assert NameOrEmailBackend().get_user(0) is None


def test_a_page_pays_no_query_for_its_brand(world, signed_in, django_assert_num_queries):
    client = signed_in(world.student)
    client.get("/password/")  # what is read once for a process

    with CaptureQueriesContext(connection) as without:
        client.get("/password/")
    BrandFactory.create(organization=world.umbrella)
    with django_assert_num_queries(len(without)):
        client.get("/password/")


def test_addresses_follow_from_the_logo_s_name_and_the_colour(settings):
    settings.PUBLIC_URL = "https://laurel.test"
    brand = ShownBrand(1, "ästhetik", "logos/x.png", "#8a1c4a")

    assert (brand.logo_path, brand.logo_address) == ("/media/logos/x.png", "https://laurel.test/media/logos/x.png")
    assert (brand.initial, brand.styles, brand.deep) == ("Ä", styles_address("#8a1c4a"), "#3e0d21")
    plain = ShownBrand(1, "Plain", "", "")
    assert (plain.logo_path, plain.logo_address, plain.styles, plain.deep) == ("", "", "", "")


def test_the_sheet_changes_the_brand_s_properties_and_nothing_else():
    assert styles_of("#8a1c4a") == (
        "@layer tokens {\n"
        "  :root {\n"
        "    --brand-color: light-dark(#8a1c4a, #cc9baf);\n"
        "    --brand-on-color: light-dark(#ffffff, #07150f);\n"
        "    --brand-deep: light-dark(#3e0d21, #1e0610);\n"
        "  }\n"
        "}\n"
    )


def test_a_colour_is_kept_as_one_and_the_database_keeps_nothing_else(world):
    brand = Brand(organization=world.academy, colour="8A1C4A")
    brand.full_clean()
    brand.save()

    assert Brand.objects.get().colour == "#8a1c4a"
    with pytest.raises(IntegrityError), transaction.atomic():
        Brand.objects.update(colour="red;}")


def test_a_brand_of_nothing_is_refused(world):
    with pytest.raises(ValidationError) as refusal:
        Brand(organization=world.academy).full_clean()

    assert refusal.value.messages == ["Enter a name or a colour, or upload a logo."]


def test_a_brand_is_called_by_its_name_or_its_organization_s(world):
    assert [str(Brand(organization=world.academy, name=name)) for name in ("", "North")] == ["Academy", "North"]
