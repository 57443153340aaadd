import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.contrib.sessions.models import Session
from django.urls import reverse

from badges.models import Badge
from organizations.administration.scoped_admin import ScopedAdmin, choosable
from organizations.models import Organization
from tests.factories import BadgeFactory, IssuedBadgeFactory, UserFactory


@pytest.mark.parametrize("model", [Permission, Session])
def test_a_model_that_does_not_say_who_sees_it_offers_nothing(world, model):
    assert list(choosable(model, world.administrator)) == []


def test_an_organization_that_is_seen_but_not_managed_is_no_choice(world):
    assert list(choosable(Organization, world.instructor)) == []


def test_a_superuser_chooses_from_everything(world):
    badge = BadgeFactory.create(organization=world.outside)

    assert list(choosable(Badge, UserFactory.create(is_superuser=True))) == [badge]


@pytest.mark.parametrize(
    ("page", "lookup"),
    [
        ("badges_badge", "provider__encrypted_token__startswith"),
        ("badges_badge", "organization__users__password__startswith"),
        ("badges_issuedbadge", "student__password__startswith"),
        ("badges_issuedbadge", "badge__organization__name__startswith"),
        ("classes_class", "instructors__email__startswith"),
        ("courses_course", "organization__managers__email__startswith"),
    ],
)
def test_nothing_can_be_guessed_through_a_filter_across_relations(world, signed_in, page, lookup):
    IssuedBadgeFactory.create(badge__organization=world.academy, student=world.student)

    answer = signed_in(world.administrator).get(reverse(f"admin:{page}_changelist"), {lookup: "m"})

    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("page", "lookup", "value"),
    [
        ("badges_badgeprovider", "api_url__startswith", "https://sandbox"),
        ("badges_badgeprovider", "provider_organization_id", "one"),
        ("badges_badgeprovider", "webhook_digest__startswith", "a"),
        ("organizations_user", "is_superuser__exact", "1"),
        ("organizations_user", "last_login__gte", "2026-01-01"),
        ("achievements_sweep", "started_by__exact", "1"),
    ],
)
def test_what_a_list_hides_is_told_by_no_lookup_in_its_address(world, signed_in, page, lookup, value):
    answer = signed_in(world.administrator).get(reverse(f"admin:{page}_changelist"), {lookup: value})

    assert answer.status_code == 400


@pytest.mark.parametrize(
    "model", [model for model, page in admin.site._registry.items() if isinstance(page, ScopedAdmin)]
)
def test_no_list_takes_another_lookup_than_its_filters_make(world, signed_in, rf, model):
    page = admin.site.get_model_admin(model)
    request = rf.get("/")
    request.user = UserFactory.create(is_superuser=True, is_staff=True)
    names = [field.attname for field in model._meta.concrete_fields]
    filters = {str(one[0] if isinstance(one, tuple) else one) for one in page.list_filter}

    taken = {
        name
        for name in names
        for lookup in ("", "__startswith", "__exact", "__isnull", "__gte", "__in")
        if page.lookup_allowed(f"{name}{lookup}", "1", request)
    }

    assert taken <= filters


def test_the_filters_of_a_list_work(world, signed_in):
    client = signed_in(world.administrator)
    page = client.get(reverse("admin:classes_class_changelist"))

    addresses = [
        choice["query_string"]
        for spec in page.context["cl"].filter_specs
        for choice in spec.choices(page.context["cl"])
    ]

    assert {client.get(reverse("admin:classes_class_changelist") + address).status_code for address in addresses} == {
        200
    }


def test_a_filter_by_an_organization_out_of_reach_finds_nothing(world, signed_in):
    BadgeFactory.create(organization=world.outside)
    address = reverse("admin:badges_badge_changelist")

    page = signed_in(world.administrator).get(address, {"organization__id__exact": world.outside.pk})

    assert list(page.context["cl"].queryset) == []


def test_a_role_taken_away_ends_the_right_at_once(world, signed_in):
    badge = BadgeFactory.create(organization=world.academy)
    address = reverse("admin:badges_badge_change", args=[badge.pk])
    client = signed_in(world.administrator)

    before = client.get(address).status_code
    world.administrator.groups.clear()
    after = client.post(address, {"name": "Mine"}).status_code

    assert (before, after) == (200, 403)


def test_an_organization_taken_away_ends_the_reach_at_once(world, signed_in):
    badge = BadgeFactory.create(organization=world.academy)
    address = reverse("admin:badges_badge_change", args=[badge.pk])
    client = signed_in(world.administrator)

    before = client.get(address).status_code
    world.administrator.managed_organizations.clear()
    after = client.post(address, {"name": "Mine"}).status_code

    assert (before, after) == (200, 404)


def test_no_page_of_the_admin_carries_a_script_or_style_of_its_own(world, signed_in):
    BadgeFactory.create(organization=world.academy)
    client = signed_in(world.administrator)
    pages = ["/admin/", *(reverse(f"admin:badges_badge_{page}") for page in ("changelist", "add"))]

    text = "".join(client.get(page).text for page in pages)

    assert [piece for piece in ("<style", " style=", " onclick=", "javascript:") if piece in text] == []
    assert "<script>" not in text
