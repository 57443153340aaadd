import json
import re
from html import unescape

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.contrib.sessions.models import Session
from django.db import transaction
from django.urls import reverse

from badges.models import Badge
from classes.models import Class
from courses.models import Lab
from operation.pressing import FIELD
from organizations.administration.scoped_admin import ScopedAdmin, choosable
from organizations.models import Organization
from tests.factories import BadgeFactory, IssuedBadgeFactory, LabFactory, UserFactory
from tests.submitting import forms_of
from tests.test_forged_ids import filled, trees  # noqa: F401 - a fixture


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


def add_form(client, name):
    """The form that adds a row, filled in, and where it goes."""
    address = reverse(f"admin:{name}_add")
    (form,) = [one for one in forms_of(client.get(address).text, address) if FIELD in one.fields]
    return address, filled(form)


@pytest.fixture
def superuser(trees, signed_in):  # noqa: F811 - the fixture
    client = signed_in(UserFactory.create(is_superuser=True, is_staff=True, organization=trees.own.root))
    client.raise_request_exception = False
    return client


def added(client, model, button):
    """How many rows two presses of the button add, where they lead, and to how many places; None where none are added."""
    name = f"{model._meta.app_label}_{model._meta.model_name}"
    if client.get(reverse(f"admin:{name}_add")).status_code == 403:
        return None
    address, data = add_form(client, name)
    before = model._default_manager.count()
    with transaction.atomic():
        answers = [client.post(address, data | {button: "1"}) for _ in range(2)]
        count = model._default_manager.count() - before
        transaction.set_rollback(True)
    return count, [answer.status_code for answer in answers], len({answer.get("Location") for answer in answers})


@pytest.mark.parametrize("button", ["_save", "_popup"])
def test_whatever_is_added_is_added_once_however_often_the_button_is_pressed(superuser, button):
    pressed = {model._meta.label: added(superuser, model, button) for model in admin.site._registry}

    addable = {name: outcome for name, outcome in pressed.items() if outcome is not None}
    assert addable == dict.fromkeys(addable, (1, [302, 302], 1))
    assert addable.keys() >= {"courses.CourseAssignment", "classes.Class", "courses.Lab", "auth.Group", "badges.Badge"}


def test_another_page_adds_another(superuser):
    for _time in range(2):
        address, data = add_form(superuser, "classes_class")
        superuser.post(address, data)

    assert Class.objects.filter(name="Words").count() == 2


def test_a_window_beside_the_page_tells_it_of_the_new_row(superuser):
    address, data = add_form(superuser, "courses_lab")

    answer = superuser.post(address, data | {"_popup": "1"}, follow=True)

    row = Lab.objects.latest("pk")
    told = re.findall('data-popup-response="([^"]*)"', answer.text)
    assert [json.loads(unescape(one)) for one in told] == [{"value": str(row.pk), "obj": str(row)}]


@pytest.mark.parametrize("made", ["0", "x", "%00", "1" + "0" * 30])
def test_a_window_beside_the_page_tells_of_no_row_out_of_reach(world, signed_in, made):
    client = signed_in(world.administrator)
    foreign = LabFactory.create(organization=world.outside).pk
    page = reverse("admin:courses_lab_add")

    assert client.get(f"{page}?_popup=1&made={foreign}").status_code == 404
    assert client.get(f"{page}?_popup=1&made={made}").status_code == 404


def test_an_address_that_is_too_long_to_keep_is_kept_without_its_query(superuser):
    address, data = add_form(superuser, "courses_lab")

    answers = [superuser.post(f"{address}?_changelist_filters={'q=' + 'x' * 600}", data) for _ in range(2)]

    assert [answer["Location"].partition("?")[0] for answer in answers] == [reverse("admin:courses_lab_changelist")] * 2
    assert answers[1]["Location"] == reverse("admin:courses_lab_changelist")
