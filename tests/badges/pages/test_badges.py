import datetime as dt
import io

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from badges.catalogue.thumbnails import SIDES, address_of
from badges.models import Badge, BadgeProvider, IssuedBadge
from badges.pages import columns
from organizations.models import User
from tests.badges.pages.badge_form import form_of, names
from tests.factories import (
    PAST,
    AchievementFactory,
    AdministratorFactory,
    BadgeFactory,
    BadgeProviderFactory,
    CourseFactory,
    IssuedBadgeFactory,
    OrganizationFactory,
    StudentFactory,
    UserFactory,
)


@pytest.fixture
def badge(automatic):
    return automatic


@pytest.fixture
def manager_without_role(world, signed_in):
    """Manages the academy, but nobody gave the account a role."""
    return signed_in(UserFactory.create(organization=world.academy, manages=[world.academy]))


def picture(size=(8, 8), kind="PNG"):
    file = io.BytesIO()
    Image.new("RGB", size, "teal").save(file, kind)
    return SimpleUploadedFile(f"art.{kind.lower()}", file.getvalue())


@pytest.mark.parametrize("url_name", ["badges:list", "badges:create", "badges:issued"])
@pytest.mark.parametrize(
    ("persona", "status"),
    [("administrator", 200), ("instructor", 403), ("contractor", 403), ("student", 403), ("stranger", 403)],
)
def test_find_pages_are_for_administrators(world, signed_in, url_name, persona, status):
    response = signed_in(getattr(world, persona)).get(reverse(url_name))

    assert response.status_code == status


@pytest.mark.parametrize("page", ["profile", "edit", "delete"])
@pytest.mark.parametrize(
    ("persona", "status"),
    [("administrator", 200), ("instructor", 404), ("contractor", 404), ("student", 404), ("stranger", 404)],
)
def test_pages_of_a_badge_are_for_its_administrators(world, badge, signed_in, page, persona, status):
    response = signed_in(getattr(world, persona)).get(reverse(f"badges:{page}", args=[badge.pk]))

    assert response.status_code == status


@pytest.mark.parametrize("page", ["profile", "edit", "delete"])
def test_pages_of_a_badge_need_the_permission_too(badge, manager_without_role, page):
    response = manager_without_role.get(reverse(f"badges:{page}", args=[badge.pk]))

    assert response.status_code == 403


@pytest.mark.parametrize("page", ["profile", "edit", "delete"])
def test_an_unknown_badge_is_not_found(administrator, page):
    response = administrator.get(reverse(f"badges:{page}", args=[10**30]))

    assert response.status_code == 404


@pytest.mark.parametrize(("page", "status"), [("profile", 200), ("edit", 403), ("delete", 403)])
def test_a_badge_that_is_only_available_can_be_seen_and_not_changed(world, badge, signed_in, page, status):
    below = OrganizationFactory.create(parent=world.academy)
    badge.available_to.add(below)
    client = signed_in(AdministratorFactory.create(organization=below))

    response = client.get(reverse(f"badges:{page}", args=[badge.pk]))

    assert response.status_code == status


def test_find_badges_shows_own_and_available_badges_alone(world, badge, signed_in):
    below = OrganizationFactory.create(parent=world.academy)
    own = BadgeFactory.create(name="Own", organization=below)
    badge.available_to.add(below)
    BadgeFactory.create(name="Of the parent alone", organization=world.academy)

    response = signed_in(AdministratorFactory.create(organization=below)).get(reverse("badges:list"))

    assert names(response) == [badge.name, own.name]


def test_find_badges_has_an_edit_link_only_where_it_works(world, badge, signed_in):
    below = OrganizationFactory.create(parent=world.academy)
    own = BadgeFactory.create(organization=below)
    badge.available_to.add(below)

    response = signed_in(AdministratorFactory.create(organization=below)).get(reverse("badges:list"))

    assert response.context["changeable"] == {own.pk}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "dIV"}, ["Diver"]),
        ({"manual": "true"}, ["Climber"]),
        ({"manual": "false"}, ["Diver"]),
        ({"sort": "-name"}, ["Diver", "Climber"]),
    ],
)
def test_find_badges_finds(world, badge, administrator, query, found):
    BadgeFactory.create(name="Climber", organization=world.umbrella, manual_issuance=True)

    response = administrator.get(reverse("badges:list"), query)

    assert names(response) == found


def test_find_badges_counts_the_holders(badge, administrator):
    IssuedBadgeFactory.create_batch(2, badge=badge)
    IssuedBadgeFactory.create(badge=badge, status=IssuedBadge.Status.REVOKED, revoked_at=PAST)

    response = administrator.get(reverse("badges:list"))

    assert [row.issued_count for row in response.context["listing"].page] == [2]


def test_what_was_refused_for_good_or_rejected_is_not_counted(badge, administrator):
    IssuedBadgeFactory.create(badge=badge, delivery="failed", failure_code="refused")
    rejected = IssuedBadgeFactory.create(badge=badge, status=IssuedBadge.Status.REJECTED)

    found = administrator.get(reverse("badges:list")).context["listing"].page
    profile = administrator.get(reverse("badges:profile", args=[badge.pk])).context

    assert [row.issued_count for row in found] == [0]
    assert (profile["held_count"], list(profile["newest"])) == (0, [rejected])


@pytest.mark.parametrize("rows", [1, 3])
def test_find_badges_takes_ten_queries(world, administrator, django_assert_num_queries, rows):
    BadgeFactory.create_batch(rows, organization=world.academy)

    with django_assert_num_queries(11):
        administrator.get(reverse("badges:list"))


def test_find_badges_exports_what_was_found(badge, administrator):
    response = administrator.get(reverse("badges:list"), {"export": "csv", "columns": ["name", "manual"]})

    assert response.getvalue().decode() == "\ufeffName,Manual Issuance\r\nDiver,No\r\n"


def test_the_profile_says_what_earns_the_badge_within_reach(world, badge, signed_in):
    below = OrganizationFactory.create(parent=world.academy)
    badge.available_to.add(below)
    AchievementFactory.create(organization=world.academy, badge=badge)
    own = AchievementFactory.create(organization=below, badge=badge)
    course = CourseFactory.create(organization=below, badges=[badge])
    CourseFactory.create(organization=world.academy, badges=[badge])

    response = signed_in(AdministratorFactory.create(organization=below)).get(
        reverse("badges:profile", args=[badge.pk])
    )

    assert list(response.context["achievements"]) == [own]
    assert list(response.context["courses"]) == [course]
    assert response.context["may_change"] is False


def test_the_profile_shows_who_got_the_badge_last(badge, administrator):
    earlier = IssuedBadgeFactory.create(badge=badge, issued_at=PAST)
    later = IssuedBadgeFactory.create(badge=badge, issued_at=PAST + dt.timedelta(days=1))

    response = administrator.get(reverse("badges:profile", args=[badge.pk]))

    assert list(response.context["newest"]) == [later, earlier]
    assert response.context["held_count"] == 2


@pytest.mark.parametrize("rows", [1, 3])
def test_the_profile_takes_fifteen_queries(world, badge, administrator, django_assert_num_queries, rows):
    IssuedBadgeFactory.create_batch(rows, badge=badge)
    AchievementFactory.create_batch(rows, organization=world.academy, badge=badge)

    with django_assert_num_queries(15):
        administrator.get(reverse("badges:profile", args=[badge.pk]))


def test_create_badge(world, administrator):
    provider = BadgeProviderFactory.create(organization=world.umbrella)
    draft = Badge(name="Scout", organization=world.umbrella, provider=provider)
    data = {
        "name": draft.name,
        "organization": world.umbrella.pk,
        "provider": provider.pk,
        "available_to": [world.academy.pk],
    }

    response = administrator.post(reverse("badges:create"), data)

    badge = Badge.objects.get()
    assert response.url == reverse("badges:profile", args=[badge.pk])
    assert (badge.name, badge.organization, badge.provider, badge.manual_issuance) == (
        "Scout",
        world.umbrella,
        provider,
        False,
    )
    assert list(badge.available_to.all()) == [world.academy]


def test_editing_switches_manual_issuance_on(badge, administrator):
    response = administrator.post(reverse("badges:edit", args=[badge.pk]), form_of(badge, manual_issuance="on"))

    badge.refresh_from_db()
    assert response.url == reverse("badges:profile", args=[badge.pk])
    assert badge.manual_issuance is True


def test_editing_stores_the_picture_anew(badge, administrator):
    administrator.post(reverse("badges:edit", args=[badge.pk]), form_of(badge, image=picture(kind="JPEG")))

    badge.refresh_from_db()
    assert Image.open(badge.image).format == "PNG"
    stem = str(badge.image).removesuffix(".png")
    assert [default_storage.exists(f"{stem}-png-{side}.webp") for side in SIDES] == [True] * 3


def test_the_picture_that_is_there_is_shown_and_can_be_removed(administrator, badge):
    here = reverse("badges:edit", args=[badge.pk])
    administrator.post(here, form_of(badge, image=picture()))
    badge.refresh_from_db()

    page = administrator.get(here).content.decode()
    administrator.post(here, form_of(badge) | {"image-clear": "on"})

    assert f'<img src="{address_of(badge.image, 96)}" srcset="{address_of(badge.image, 192)} 2x"' in page
    assert "Remove the picture" in page
    badge.refresh_from_db()
    assert not badge.image


def test_editing_a_badge_that_was_deleted_meanwhile_is_not_found(badge, administrator):
    url, data = reverse("badges:edit", args=[badge.pk]), form_of(badge)
    badge.delete()

    response = administrator.post(url, data)

    assert response.status_code == 404


def test_deleting_asks_first(badge, administrator):
    response = administrator.get(reverse("badges:delete", args=[badge.pk]))

    assert response.status_code == 200
    assert Badge.objects.exists()


def test_deleting_a_badge_that_nobody_has(badge, administrator):
    response = administrator.post(reverse("badges:delete", args=[badge.pk]))

    assert response.url == reverse("badges:list")
    assert not Badge.objects.exists()


def test_deleting_twice_is_not_found(badge, administrator):
    url = reverse("badges:delete", args=[badge.pk])
    administrator.post(url)

    response = administrator.post(url)

    assert response.status_code == 404


def test_a_badge_that_was_issued_is_not_deleted(badge, administrator):
    IssuedBadgeFactory.create(badge=badge, status=IssuedBadge.Status.REVOKED, revoked_at=PAST)

    response = administrator.post(reverse("badges:delete", args=[badge.pk]), follow=True)

    assert [str(message) for message in response.context["messages"]] == [
        "Diver cannot be deleted: it was issued 1 time, and what was issued stays on record."
    ]


def test_a_badge_that_an_achievement_earns_is_not_deleted(world, badge, administrator):
    AchievementFactory.create(badge=badge, organization=world.academy)

    response = administrator.post(reverse("badges:delete", args=[badge.pk]), follow=True)

    assert [str(message) for message in response.context["messages"]] == [
        "Diver cannot be deleted: it is used by achievements."
    ]


def test_badges_of_a_disabled_provider_say_so(world, administrator):
    provider = BadgeProviderFactory.create(
        organization=world.academy, is_enabled=False, kind=BadgeProvider.Kind.BUILT_IN
    )
    badge = BadgeFactory.create(organization=world.academy, provider=provider)

    response = administrator.get(reverse("badges:profile", args=[badge.pk]))

    assert "Switched off" in response.text


@pytest.mark.parametrize(("entered", "stored"), [("365", 365), ("", None)])
def test_a_badge_is_valid_for_so_many_days_or_for_ever(world, signed_in, entered, stored):
    badge = BadgeFactory.create(organization=world.academy, valid_days=30)
    client = signed_in(world.administrator)

    response = client.post(reverse("badges:edit", args=[badge.pk]), form_of(badge, valid_days=entered))

    badge.refresh_from_db()
    assert (response.status_code, badge.valid_days) == (302, stored)


@pytest.mark.parametrize("entered", ["0", "-1", "36501", "1.5", "soon"])
def test_a_badge_is_valid_for_whole_days_of_at_most_a_century(world, signed_in, entered):
    badge = BadgeFactory.create(organization=world.academy)
    client = signed_in(world.administrator)

    response = client.post(reverse("badges:edit", args=[badge.pk]), form_of(badge, valid_days=entered))

    assert (response.status_code, list(response.context["form"].errors)) == (422, ["valid_days"])


def test_holders_are_counted_up_to_a_limit_on_the_page_and_to_the_last_one_in_the_export(world, badge, administrator):
    students = User.objects.bulk_create(
        StudentFactory.build(organization=world.academy) for _ in range(columns.MOST_HOLDERS + 2)
    )
    IssuedBadge.objects.bulk_create(
        IssuedBadge(badge=badge, student=student, provider=badge.provider, issued_at=PAST, status="accepted")
        for student in students
    )

    page = administrator.get(reverse("badges:list")).text
    export = administrator.get(reverse("badges:list"), {"export": "csv", "columns": ["name", "issued"]})

    assert "more than 100" in page
    assert export.getvalue().decode() == "\ufeffName,Issued\r\nDiver,102\r\n"


def switch(client, badge, is_on, **extra):
    """Press the switch of the badge."""
    return client.post(reverse("badges:manual_issuance", args=[badge.pk]), {"is_on": is_on} | extra)


def test_one_press_enables_manual_issuance_and_another_takes_it_back(administrator, badge):
    on = switch(administrator, badge, "1")
    assert (Badge.objects.get(pk=badge.pk).manual_issuance, on.url) == (
        True,
        reverse("badges:profile", args=[badge.pk]),
    )
    assert f"Manual issuance is now enabled for {badge}." in administrator.get(on.url).text

    off = switch(administrator, badge, "", next=reverse("badges:list"))
    assert (Badge.objects.get(pk=badge.pk).manual_issuance, off.url) == (False, reverse("badges:list"))
    assert f"Manual issuance is now disabled for {badge}." in administrator.get(off.url).text


def test_a_press_repeated_changes_nothing_and_says_nothing(administrator, badge):
    switch(administrator, badge, "1")
    before = Badge.objects.get(pk=badge.pk).modified_at

    response = administrator.get(switch(administrator, badge, "1").url)

    assert Badge.objects.get(pk=badge.pk).modified_at == before
    assert response.text.count("Manual issuance is now enabled") == 1  # of the first press, read now


def test_a_script_gets_the_switch_alone(administrator, badge):
    url = reverse("badges:manual_issuance", args=[badge.pk])

    response = administrator.post(url, {"is_on": "1"}, headers={"HX-Request": "true"})

    assert response.text.count("<button") == 1
    assert 'aria-checked="true"' in response.text
    assert "<html" not in response.text


def test_who_may_not_change_a_badge_has_no_switch(world, badge, signed_in):
    below = OrganizationFactory.create(parent=world.academy)
    badge.available_to.add(below)
    client = signed_in(AdministratorFactory.create(organization=below))

    pages = client.get(reverse("badges:list")), client.get(reverse("badges:profile", args=[badge.pk]))

    assert [page.text.count('role="switch"') for page in pages] == [0, 0]
    assert switch(client, badge, "1").status_code == 403
    assert Badge.objects.get(pk=badge.pk).manual_issuance is False
