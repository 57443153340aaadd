"""Whose brand the demo shows, and to whom."""

import pytest
from PIL import Image

from organizations.brands import brand_of
from organizations.models import Brand
from tests.tms.demo.parts import AT, taken_back
from tms.demo import brands
from tms.demo.people import PLACES, add_people

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("demo")]

GROUP = {"group", "denver", "lyon", "grenoble", "osaka", "compliance"}


@pytest.fixture(scope="module", autouse=True)
def people(django_db_setup, django_db_blocker):
    with taken_back(django_db_blocker):
        people = add_people(AT)
        brands.add_brand(people.places)
        brands.put_logo()
        yield people


def test_the_group_and_its_academies_show_the_groups_brand_and_nobody_else(people):
    shown = {place.key for place in PLACES if brand_of(people.places[place.key])}

    assert shown == GROUP


def test_the_brand_is_one_that_the_form_would_take():
    brand = Brand.objects.get()

    brand.full_clean()
    with Image.open(brand.logo) as logo:
        assert (logo.format, logo.size) == ("PNG", (320, 320))


def test_the_logo_is_put_once():
    assert brands.put_logo() is False
