"""The Brand page, and the sheet that everybody may read."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from organizations.brands import styles_address, styles_of
from organizations.models import Brand
from tests.factories import AdministratorFactory, BrandFactory, OrganizationFactory, StudentFactory
from tests.organizations.branding.test_forms import picture

COLOUR = "#8a1c4a"


def page_of(organization):
    return reverse("brand", args=[organization.pk])


@pytest.fixture
def administrator(world, signed_in):
    return signed_in(world.administrator)


def masthead_of(response):
    return response.text.partition('<a class="brand"')[2].partition("</a>")[0]


def test_an_administrator_gives_an_organization_a_brand(world, administrator, client):
    logo = SimpleUploadedFile("logo.png", picture(), content_type="image/png")

    answer = administrator.post(
        page_of(world.academy), {"name": "North", "colour": "8A1C4A", "logo": logo}, follow=True
    )

    brand = Brand.objects.get()
    assert (brand.organization, brand.name, brand.colour) == (world.academy, "North", COLOUR)
    assert re.fullmatch(r"logos/[0-9a-f]{32}\.png", str(brand.logo))
    assert "The brand of Academy was saved." in answer.text
    shown = client.get(brand.logo.url)
    assert (shown.status_code, shown["Content-Type"]) == (200, "image/png")


def test_people_see_it_and_strangers_do_not(world, signed_in):
    BrandFactory.create(organization=world.umbrella, name="North & Co", colour=COLOUR)

    own, foreign = signed_in(world.student).get("/"), signed_in(world.stranger).get("/")

    assert "<span>North &amp; Co</span>" in masthead_of(own)
    assert f'<link rel="stylesheet" href="{styles_address(COLOUR)}">' in own.text
    assert '<meta name="theme-color" content="#3e0d21">' in own.text
    assert re.search(r"<title>\s*Home · North &amp; Co</title>", own.text)
    assert "<span>Laurel</span>" in own.text.partition('<footer class="footer">')[2]
    assert "<span>Laurel</span>" in masthead_of(foreign)
    assert '<meta name="theme-color" content="#10312a">' in foreign.text
    assert "North" not in foreign.text


def test_a_logo_stands_beside_the_name_and_a_letter_where_there_is_none(world, signed_in):
    BrandFactory.create(organization=world.umbrella, name="North")
    client = signed_in(world.student)

    without = masthead_of(client.get("/"))
    Brand.objects.update(logo="logos/x.png")

    assert '<span class="brand-initial" aria-hidden="true">N</span>' in without
    assert '<img class="brand-picture" src="/media/logos/x.png" alt="">' in masthead_of(client.get("/"))


def test_a_preview_saves_nothing(world, administrator):
    BrandFactory.create(organization=world.umbrella, name="North", colour="#123456")

    page = administrator.post(page_of(world.academy), {"name": "South", "colour": COLOUR, "preview": "on"})

    assert page.status_code == 200
    assert styles_address(COLOUR) in page.text
    assert "<span>South</span>" in masthead_of(page)
    assert [brand.name for brand in Brand.objects.all()] == ["North"]


def test_a_preview_shows_the_logo_that_is_stored(world, administrator):
    BrandFactory.create(organization=world.academy, logo="logos/x.png")

    page = administrator.post(page_of(world.academy), {"name": "", "colour": "", "preview": "on"})

    assert page.context["brand"].logo == "logos/x.png"
    assert page.context["brand"].name == "Academy"


def test_a_pale_colour_is_refused_with_its_ratio(world, administrator):
    page = administrator.post(page_of(world.academy), {"name": "North", "colour": "#ffcc00"})

    assert page.status_code == 422
    assert "have a contrast of 1.3:1 and need 4.5:1" in page.text
    assert not Brand.objects.exists()


def test_the_picture_is_removed_and_the_brand_stays(world, administrator):
    BrandFactory.create(organization=world.academy, name="North", logo="logos/x.png")

    administrator.post(page_of(world.academy), {"name": "North", "colour": COLOUR, "logo-clear": "on"})

    assert [(brand.name, str(brand.logo)) for brand in Brand.objects.all()] == [("North", "")]


def test_without_its_own_brand_an_organization_shows_that_above_it_and_says_so(world, administrator):
    BrandFactory.create(organization=world.umbrella, name="Group")
    BrandFactory.create(organization=world.academy, name="North")

    page = administrator.post(page_of(world.academy), {"remove": "on"}, follow=True)

    assert "Academy no longer has a brand of its own." in page.text
    assert "Academy shows the brand of Umbrella." in page.text
    assert "<span>Group</span>" in masthead_of(page)
    assert [brand.name for brand in Brand.objects.all()] == ["Group"]


def test_the_menu_leads_to_the_own_organization_and_from_there_to_those_below(world, administrator, signed_in):
    page = administrator.get("/brand/")
    elsewhere = signed_in(AdministratorFactory.create(organization=world.partner, manages=[world.academy]))

    assert page.context["organization"] == world.umbrella
    assert page_of(world.academy) in page.text
    assert page_of(world.umbrella) in administrator.get(page_of(world.academy)).text
    assert elsewhere.get("/brand/").context["organization"] == world.academy
    assert page_of(world.umbrella) not in elsewhere.get(page_of(world.academy)).text


def test_who_manages_nothing_has_no_page(world, signed_in):
    client = signed_in(AdministratorFactory.create(organization=world.academy, manages=[]))

    answers = [client.get(address) for address in ("/brand/", page_of(world.academy), page_of(world.outside))]

    assert [answer.status_code for answer in answers] == [404, 403, 404]


@pytest.mark.parametrize("data", [{"name": "Stolen"}, {"remove": "on"}, {"name": "Stolen", "preview": "on"}])
def test_another_organization_s_administrator_changes_nothing(world, signed_in, data):
    BrandFactory.create(organization=world.academy, name="North")
    rival = AdministratorFactory.create(organization=OrganizationFactory.create(name="Rival"))

    answer = signed_in(rival).post(page_of(world.academy), data)

    assert answer.status_code == 404
    assert "North" not in answer.text
    assert [brand.name for brand in Brand.objects.all()] == ["North"]


def test_a_student_changes_nothing(world, signed_in):
    assert signed_in(StudentFactory.create(organization=world.academy)).get(page_of(world.academy)).status_code == 403


def test_everybody_reads_the_sheet_and_keeps_it(client, db, django_assert_num_queries):
    address = styles_address(COLOUR)

    with django_assert_num_queries(0):
        response = client.get(address)

    assert (response.status_code, response["Content-Type"], response.text) == (
        200,
        "text/css; charset=utf-8",
        styles_of(COLOUR),
    )
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    again = client.get(address, headers={"If-None-Match": response["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_under_the_digest_of_another_release_it_is_kept_for_a_minute(client, db):
    response = client.get(reverse("brand_styles", args=["8a1c4a", "0" * 12]))

    assert (response.text, response["Cache-Control"]) == (styles_of(COLOUR), "public, max-age=60")


def test_there_is_no_sheet_of_a_pale_colour(client, db):
    assert client.get(reverse("brand_styles", args=["ffcc00", "0" * 12])).status_code == 404
