from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from operation.models import SweepHint
from organizations.models import Brand, Organization, User
from organizations.roles import ADMINISTRATOR, INSTRUCTOR, STUDENT
from tests.factories import (
    PASSWORD,
    AdministratorFactory,
    OrganizationFactory,
    StudentFactory,
    UserFactory,
)

USERS, ADD_USER = reverse("admin:organizations_user_changelist"), reverse("admin:organizations_user_add")
ORGANIZATIONS, ADD_ORGANIZATION = (
    reverse("admin:organizations_organization_changelist"),
    reverse("admin:organizations_organization_add"),
)
NEW_PASSWORD = "a quite different long password"


def role(name: str) -> int:
    return Group.objects.get(name=name).pk


def account(user: User, **changes) -> dict[str, Any]:
    """What the browser sends when the page of an account is saved."""
    return {
        "username": user.username,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "email": user.email,
        "organization": user.organization_id,
        "participates_in_achievements": "on",
        "is_active": "on",
        "groups": [group.pk for group in user.groups.all()],
        **changes,
    }


def change(user: User) -> str:
    return reverse("admin:organizations_user_change", args=[user.pk])


@pytest.fixture
def superuser(world) -> User:
    return UserFactory.create(organization=world.academy, is_superuser=True, is_staff=True)


@pytest.fixture
def client(world, signed_in):
    """The administrator of the umbrella."""
    return signed_in(world.administrator)


# The door


@pytest.mark.django_db
def test_the_admin_has_no_sign_in_form_of_its_own(client):
    client.logout()

    answer = client.get("/admin/login/?next=/admin/badges/badge/")

    assert (answer.status_code, answer.url) == (302, f"{reverse('sign_in')}?next=/admin/badges/badge/")


@pytest.mark.django_db
def test_a_posted_password_does_not_sign_in_at_the_admin(world, client):
    client.logout()

    client.post("/admin/login/", {"username": world.administrator.username, "password": PASSWORD})

    assert "_auth_user_id" not in client.session


def test_the_admin_refuses_an_account_that_is_no_staff(world, signed_in):
    assert signed_in(world.student).get("/admin/login/").status_code == 403


@pytest.mark.parametrize("target", ["//evil.test/", "https://evil.test/", "/\\evil.test", "javascript:alert(1)"])
def test_the_admin_sends_nobody_away(client, target):
    assert client.get("/admin/login/", {"next": target}).url == "/admin/"


def test_the_admin_bears_the_name_of_the_product(client):
    assert client.get("/admin/").context["site_header"] == "Laurel"


# More than one has


def test_an_administrator_cannot_make_a_superuser(world, client):
    client.post(change(world.student), account(world.student, is_superuser="on"))

    world.student.refresh_from_db()
    assert world.student.is_superuser is False


def test_an_administrator_cannot_give_a_permission(world, client):
    permission = Permission.objects.get(codename="delete_user")

    client.post(change(world.student), account(world.student, user_permissions=[permission.pk]))

    assert list(world.student.user_permissions.all()) == []


def test_an_administrator_can_give_a_role(world, client):
    answer = client.post(change(world.student), account(world.student, groups=[role(STUDENT), role(INSTRUCTOR)]))

    assert answer.status_code == 302
    assert sorted(world.student.groups.values_list("name", flat=True)) == [INSTRUCTOR, STUDENT]


def test_an_administrator_cannot_give_a_group_that_is_no_role(world, client):
    group = Group.objects.create(name="Auditors")

    answer = client.post(change(world.student), account(world.student, groups=[group.pk]))

    assert list(answer.context["adminform"].form.errors) == ["groups"]


def test_who_cannot_do_what_a_role_can_cannot_give_it(world, signed_in):
    helper = UserFactory.create(organization=world.academy, is_staff=True, manages=[world.academy])
    helper.user_permissions.add(*Permission.objects.filter(codename__in=["view_user", "change_user"]))

    answer = signed_in(helper).post(change(world.student), account(world.student, groups=[role(ADMINISTRATOR)]))

    assert list(answer.context["adminform"].form.errors) == ["groups"]


def test_an_administrator_cannot_give_the_management_of_an_organization_out_of_reach(world, client):
    data = account(world.student, managed_organizations=[world.academy.pk, world.outside.pk])

    answer = client.post(change(world.student), data)

    assert list(answer.context["adminform"].form.errors) == ["managed_organizations"]
    assert list(world.student.managed_organizations.all()) == []


def test_an_administrator_cannot_move_an_account_out_of_reach(world, client):
    answer = client.post(change(world.student), account(world.student, organization=world.outside.pk))

    assert list(answer.context["adminform"].form.errors) == ["organization"]


def test_an_administrator_cannot_widen_the_own_reach(world, client):
    own = world.administrator
    data = account(own, managed_organizations=[world.academy.pk], is_superuser="on", groups=[], organization=1)

    answer = client.post(change(own), data | {"first_name": "Adele"})

    own.refresh_from_db()
    assert answer.status_code == 302
    assert (own.first_name, own.is_superuser, own.organization) == ("Adele", False, world.umbrella)
    assert list(own.managed_organizations.all()) == [world.umbrella]
    assert [group.name for group in own.groups.all()] == [ADMINISTRATOR]


def test_an_administrator_cannot_change_a_superuser(superuser, client):
    assert client.post(change(superuser), account(superuser, email="mine@example.test")).status_code == 403


def test_an_administrator_cannot_set_the_password_of_a_superuser(superuser, client):
    data = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD, "usable_password": "true"}

    answer = client.post(reverse("admin:auth_user_password_change", args=[superuser.pk]), data)

    superuser.refresh_from_db()
    assert (answer.status_code, superuser.check_password(PASSWORD)) == (403, True)


def test_an_administrator_cannot_set_the_password_of_an_outsider(world, client):
    address = reverse("admin:auth_user_password_change", args=[world.stranger.pk])

    assert client.post(address, {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}).status_code == 404


def test_an_administrator_sets_the_password_of_an_own_student(world, client):
    data = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD, "usable_password": "true"}

    client.post(reverse("admin:auth_user_password_change", args=[world.student.pk]), data | {"set-password": "1"})

    world.student.refresh_from_db()
    assert world.student.check_password(NEW_PASSWORD) is True


def test_an_administrator_cannot_take_over_an_account_that_manages_more(world, signed_in):
    above = AdministratorFactory.create(organization=world.academy, manages=[world.umbrella])
    below = AdministratorFactory.create(organization=world.academy)

    assert signed_in(below).post(change(above), account(above, email="mine@example.test")).status_code == 403


def test_an_administrator_cannot_take_over_an_account_with_permissions_of_its_own(world, client):
    world.student.user_permissions.add(Permission.objects.get(codename="delete_user"))

    assert client.post(change(world.student), account(world.student)).status_code == 403


def test_an_administrator_cannot_open_the_groups(client):
    assert client.get(reverse("admin:auth_group_changelist")).status_code == 403


def test_an_administrator_adds_an_account(world, client):
    data = {
        "username": "fern",
        "email": "fern@example.test",
        "organization": world.academy.pk,
        "usable_password": "false",
        "is_superuser": "on",
        "is_staff": "on",
    }

    answer = client.post(ADD_USER, data)

    fern = User.objects.get(username="fern")
    assert answer.url == change(fern)
    assert (fern.organization, fern.is_superuser, fern.is_staff) == (world.academy, False, False)


def test_an_administrator_cannot_add_an_account_out_of_reach(world, client):
    data = {"username": "fern", "organization": world.outside.pk, "usable_password": "false"}

    assert list(client.post(ADD_USER, data).context["adminform"].form.errors) == ["organization"]


def test_an_e_mail_address_belongs_to_one_account_whatever_its_case(world, client):
    answer = client.post(change(world.student), account(world.student, email=world.instructor.email.upper()))

    assert answer.context["adminform"].form.errors == {"__all__": ["Another account has this e-mail address."]}


NO_OTHER_ADDRESS = "Only the account's own e-mail address may be a user name with an @."
TAKEN = "Another account has this user name. Choose one that differs by more than case."


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("stranger@example.test", NO_OTHER_ADDRESS),
        ("nobody@example.test", NO_OTHER_ADDRESS),
        ("IVY", TAKEN),
        ("ｉｖｙ", TAKEN),
    ],
)
def test_a_user_name_is_neither_another_address_nor_another_name(world, client, name, error):
    StudentFactory.create(organization=world.academy, username="ivy", email="stranger@example.test")
    new = {"username": name, "organization": world.academy.pk, "usable_password": "false"}

    changed = client.post(change(world.student), account(world.student, username=name))
    added = client.post(ADD_USER, new)

    assert changed.context["adminform"].form.errors == {"username": [error]}
    assert list(added.context["adminform"].form.errors) == ["username"]


@pytest.mark.parametrize(
    "typed",
    [
        {"username": "ivy"},
        {"username": "IVY"},
        {"email": "stranger@example.test"},
        {"username": "fern", "email": "Stranger@Example.test"},
    ],
)
def test_of_a_foreign_account_one_sentence_tells_nothing(world, client, typed):
    StudentFactory.create(organization=world.outside, username="ivy", email="stranger@example.test")
    new = {"username": "fern", "organization": world.academy.pk, "usable_password": "false"} | typed

    changed = client.post(change(world.student), account(world.student, **typed))
    added = client.post(ADD_USER, new)

    told = [answer.context["adminform"].form.errors for answer in (changed, added)]
    assert told == [{"__all__": ["This user name or e-mail address cannot be used. Choose other ones."]}] * 2


def test_an_address_that_is_the_user_name_changes_with_it(world, client):
    user = StudentFactory.create(organization=world.academy, username="ivy@example.test", email="Ivy@example.test")

    alone = client.post(change(user), account(user, email="new@example.test"))
    both = client.post(change(user), account(user, email="new@example.test", username="new@example.test"))

    assert alone.context["adminform"].form.errors == {"username": [NO_OTHER_ADDRESS]}
    assert both.status_code == 302


def test_the_page_of_a_mightier_account_does_not_tell_its_reach(world, client):
    peer = AdministratorFactory.create(organization=world.academy, manages=[world.academy, world.outside])

    page = client.get(change(peer))

    assert (page.status_code, "Outside" in page.text) == (200, False)


def test_the_management_of_an_account_outside_is_not_lost(world, superuser, signed_in):
    world.student.managed_organizations.add(world.academy)

    signed_in(superuser).post(
        change(world.student), account(world.student, managed_organizations=[world.academy.pk, world.outside.pk])
    )

    assert sorted(o.name for o in world.student.managed_organizations.all()) == ["Academy", "Outside"]


def test_saving_an_account_queues_it_for_the_sweep(world, client):
    data = account(world.student)
    del data["participates_in_achievements"]

    client.post(change(world.student), data)

    assert list(SweepHint.objects.values_list("student_id", "is_of_account")) == [(world.student.pk, True)]


def test_the_roles_of_the_product_keep_their_names(superuser, signed_in):
    client = signed_in(superuser)
    pk = role(STUDENT)

    client.post(reverse("admin:auth_group_change", args=[pk]), {"name": "Renamed", "permissions": []})

    assert Group.objects.get(pk=pk).name == STUDENT
    assert client.post(reverse("admin:auth_group_delete", args=[pk]), {"post": "yes"}).status_code == 403


def test_passwords_cannot_be_guessed_through_a_filter(world, client):
    assert client.get(USERS, {"password__startswith": "m"}).status_code == 400


# Organizations


def organization(row: Organization, **changes) -> dict[str, Any]:
    given = {"name": row.name, "time_zone": row.time_zone, "parent": row.parent_id or ""}
    return given | {"brand-TOTAL_FORMS": 0, "brand-INITIAL_FORMS": 0} | changes


def with_brand(row: Organization, **brand) -> dict[str, Any]:
    return organization(row, **{"brand-TOTAL_FORMS": 1}, **{f"brand-0-{name}": value for name, value in brand.items()})


def change_organization(row: Organization) -> str:
    return reverse("admin:organizations_organization_change", args=[row.pk])


def test_an_administrator_cannot_plant_a_new_tree(client):
    answer = client.post(ADD_ORGANIZATION, {"name": "Free", "time_zone": "UTC", "parent": ""})

    assert list(answer.context["adminform"].form.errors) == ["parent"]


def test_an_administrator_cannot_add_a_child_elsewhere(world, client):
    answer = client.post(ADD_ORGANIZATION, {"name": "Spy", "time_zone": "UTC", "parent": world.outside.pk})

    assert list(answer.context["adminform"].form.errors) == ["parent"]


def test_a_child_takes_the_settings_of_its_parent(world, client):
    Organization.objects.filter(pk=world.academy.pk).update(achievements_enabled=False, in_global_achievements=False)

    client.post(ADD_ORGANIZATION, {"name": "Evening school", "time_zone": "UTC", "parent": world.academy.pk})

    child = Organization.objects.get(name="Evening school")
    assert (child.achievements_enabled, child.in_global_achievements) == (False, False)


def test_the_top_of_the_managed_part_stays_where_it_hangs(world, signed_in):
    administrator = AdministratorFactory.create(organization=world.academy)

    answer = signed_in(administrator).post(
        change_organization(world.academy), organization(world.academy, parent="", name="Renamed")
    )

    world.academy.refresh_from_db()
    assert (answer.status_code, world.academy.name, world.academy.parent) == (302, "Renamed", world.umbrella)


def test_an_organization_cannot_be_moved_below_itself(world, client):
    below = OrganizationFactory.create(parent=world.academy)

    answer = client.post(change_organization(world.academy), organization(world.academy, parent=below.pk))

    assert answer.context["adminform"].form.errors == {"parent": ["An organization cannot be moved below itself."]}


def test_a_brand_is_edited_by_the_rules_of_its_page(world, client):
    page, svg = change_organization(world.academy), SimpleUploadedFile("logo.png", b"<svg/>")

    pale = client.post(page, with_brand(world.academy, name="North", colour="#ffcc00"))
    drawn = client.post(page, with_brand(world.academy, name="North", logo=svg))
    assert not Brand.objects.exists()
    saved = client.post(page, with_brand(world.academy, name="North", colour="8A1C4A"))

    [[colour]], [[logo]] = (
        [form.errors.values() for form in answer.context["inline_admin_formsets"][0].formset.forms]
        for answer in (pale, drawn)
    )
    assert "have a contrast of 1.3:1" in colour[0]
    assert logo == ["Upload a PNG, JPEG or WebP image. This file is none, or it is damaged."]
    assert saved.status_code == 302
    brand = Brand.objects.get()
    assert (brand.organization, brand.name, brand.colour) == (world.academy, "North", "#8a1c4a")


def test_a_brand_goes_with_who_may_change_its_organization(world, client, signed_in):
    foreign = client.post(change_organization(world.outside), with_brand(world.outside, name="Stolen"))
    instructor = signed_in(world.instructor).post(change_organization(world.academy), with_brand(world.academy))

    assert [foreign.status_code, instructor.status_code] == [404, 302]
    assert not Brand.objects.exists()
    assert "brand-TOTAL_FORMS" in client.get(change_organization(world.academy)).text
    assert "brand-TOTAL_FORMS" not in client.get(ADD_ORGANIZATION).text


def test_an_organization_moves_into_another_tree_only_with_who_administers_it(world, signed_in):
    """Its global achievements would reach the people there."""
    below, other = OrganizationFactory.create(parent=world.academy), OrganizationFactory.create(parent=world.outside)
    sibling = OrganizationFactory.create(parent=world.academy)
    mover = AdministratorFactory.create(organization=world.academy, manages=[world.academy, other])
    client, page = signed_in(mover), change_organization(below)

    refused = client.post(page, organization(below, parent=other.pk))
    within = client.post(page, organization(below, parent=sibling.pk))
    mover.managed_organizations.add(world.outside)
    allowed = client.post(page, organization(below, parent=other.pk))

    said = "That would move this organization to a tree you do not administer. Choose another one."
    assert refused.context["adminform"].form.errors == {"parent": [said]}
    assert (within.status_code, allowed.status_code) == (302, 302)
    assert set(SweepHint.objects.values_list("organization_id", flat=True)) >= {below.pk, other.pk, world.outside.pk}


def test_organizations_are_found_by_whether_they_have_achievements(world, client):
    Organization.objects.filter(pk=world.academy.pk).update(achievements_enabled=False)

    page = client.get(ORGANIZATIONS, {"achievements_enabled__exact": "0"})

    shown = page.context["cl"]
    assert list(shown.result_list) == [world.academy]
    assert "achievements_enabled" in shown.list_display


def test_enabling_achievements_lets_everybody_take_part(world, client):
    Organization.objects.filter(pk=world.academy.pk).update(achievements_enabled=False)
    User.objects.filter(pk=world.student.pk).update(participates_in_achievements=False)

    client.post(change_organization(world.academy), organization(world.academy, achievements_enabled="on"))

    world.student.refresh_from_db()
    assert world.student.participates_in_achievements is True
    assert list(SweepHint.objects.values_list("organization_id", flat=True)) == [world.academy.pk]


def test_disabling_achievements_keeps_each_choice(world, client):
    client.post(change_organization(world.academy), organization(world.academy))

    world.student.refresh_from_db()
    world.academy.refresh_from_db()
    assert (world.academy.achievements_enabled, world.student.participates_in_achievements) == (False, True)


@pytest.mark.parametrize("enabled", [True, False])
def test_the_box_is_there_where_the_organization_has_achievements(world, client, enabled):
    Organization.objects.filter(pk=world.academy.pk).update(achievements_enabled=enabled)

    answer = client.get(change(world.student))

    assert ("participates_in_achievements" in answer.context["adminform"].form.fields) is enabled


def test_saving_without_the_box_keeps_the_choice(world, client):
    Organization.objects.filter(pk=world.academy.pk).update(achievements_enabled=False)
    data = account(world.student, first_name="Renamed")
    del data["participates_in_achievements"]

    client.post(change(world.student), data)

    world.student.refresh_from_db()
    assert (world.student.first_name, world.student.participates_in_achievements) == ("Renamed", True)


# Autocomplete


def answers(client, model: str, field: str, term: str = "") -> list[str]:
    app, name = model.split(".")
    data = {"app_label": app, "model_name": name, "field_name": field, "term": term}
    return [result["text"] for result in client.get("/admin/autocomplete/", data).json()["results"]]


def test_autocomplete_offers_only_managed_organizations(world, client):
    assert answers(client, "badges.badge", "organization") == ["Academy", "Umbrella"]


def test_autocomplete_offers_only_own_people(world, client):
    found = answers(client, "courses.courseassignment", "student")

    assert found == sorted(map(str, [world.administrator, world.instructor, world.student]), key=found.index)
    assert str(world.stranger) not in found


def test_autocomplete_serves_no_visitor(world, client):
    client.logout()

    assert client.get("/admin/autocomplete/", {"app_label": "badges"}).status_code == 302


def test_a_student_with_staff_status_but_no_role_in_the_admin_finds_nothing(world, signed_in):
    clerk = StudentFactory.create(organization=world.academy, is_staff=True)

    assert signed_in(clerk).get(USERS).status_code == 403


@pytest.mark.parametrize("page", ["user_add", "auth_user_password_change"])
def test_the_forms_of_accounts_say_how_the_owner_gets_a_password(world, client, page):
    client.force_login(world.administrator)
    name = f"admin:organizations_{page}" if page == "user_add" else f"admin:{page}"

    said = client.get(reverse(name, args=[] if page == "user_add" else [world.student.pk])).content.decode()

    assert "Forgotten your password, or none yet?" in said
    assert not any(words in said for words in ("LDAP", "Single Sign-On"))
