from urllib.parse import parse_qsl, urlsplit

import pytest
from django.urls import reverse

from listing.models import SavedView
from listing.saving import MOST_VIEWS
from tests.factories import (
    AdministratorFactory,
    BadgeFactory,
    IssuedBadgeFactory,
    OrganizationFactory,
    SavedViewFactory,
    StudentFactory,
)

pytestmark = pytest.mark.django_db

ISSUED = reverse("badges:issued")
SAVE = reverse("listing:save_view")


@pytest.fixture
def academy():
    return OrganizationFactory.create(name="Academy")


@pytest.fixture
def owner(academy):
    return AdministratorFactory.create(organization=academy)


@pytest.fixture
def colleague(academy):
    return AdministratorFactory.create(first_name="Carla", last_name="Cole", organization=academy)


@pytest.fixture
def two(academy):
    """A failed badge and one that is well."""
    badge = BadgeFactory.create(organization=academy, name="Diver")
    failed = {"status": "pending", "delivery": "failed", "delivered_at": None, "failure_code": "refused"}
    return [
        IssuedBadgeFactory.create(badge=badge, student=StudentFactory.create(organization=academy), **fields)
        for fields in (failed, {})
    ]


def url(name, view):
    return reverse(f"listing:{name}", args=[view.pk])


def save(client, query, name="Failed", **more):
    return client.post(SAVE, {"next": f"{ISSUED}?{query}", "name": name, **more})


def pks(response):
    return {row.pk for row in response.context["listing"].page}


def said(response):
    return [str(message) for message in response.context["messages"]]


def test_the_state_of_a_list_is_saved_and_opened_again(owner, signed_in, two):
    client = signed_in(owner)

    response = save(client, "sort=badge&status=failed&q=&columns=badge&columns=status&page=3&export=csv&view=7")

    view = SavedView.objects.get()
    assert (view.owner, view.page_name, view.name, view.organization, view.is_default) == (
        owner,
        "badges:issued",
        "Failed",
        None,
        False,
    )
    assert view.query == "columns=badge&columns=status&sort=badge&status=failed"
    assert response["Location"] == f"{ISSUED}?{view.query}&view={view.pk}"
    page = client.get(response["Location"])
    assert pks(page) == {two[0].pk}
    assert [column.name for column in page.context["listing"].shown if column.label] == ["badge", "status"]
    assert page.context["listing"].menu.current == view
    assert not page.context["listing"].view.is_changed
    assert said(page) == ["The view “Failed” was saved."]


@pytest.mark.parametrize("typed", ["Failed", "fAILED"])
def test_the_same_name_again_asks_before_it_replaces(owner, signed_in, typed):
    client = signed_in(owner)
    save(client, "status=failed")

    asked = save(client, "status=revoked", typed)
    before = SavedView.objects.get().query
    done = save(client, "status=revoked", typed, replace="1")

    assert (asked.status_code, "Replace the view of this name" in asked.text) == (422, True)
    assert f"You already have a view called “{typed}” here." in asked.text
    assert (before, SavedView.objects.get().query) == ("status=failed", "status=revoked")
    assert done.status_code == 302


def test_two_people_and_two_lists_have_a_name_each(owner, colleague, signed_in):
    save(signed_in(owner), "")
    save(signed_in(colleague), "")
    signed_in(owner).post(SAVE, {"next": reverse("badges:list"), "name": "Failed"})

    assert SavedView.objects.count() == 3


@pytest.mark.parametrize("name", ["W" * 200, "عرض الشارات", "🏅 <b>&amp;", '"><script>'])
def test_a_name_is_any_line_of_text(owner, signed_in, name):
    client = signed_in(owner)

    page = client.get(save(client, "", name)["Location"])

    assert SavedView.objects.get().name == name
    assert ("<b>&" in page.text, '"><script>' in page.text) == (False, False)


@pytest.mark.parametrize("name", ["", " ", "W" * 201, "one\ntwo", "turned \u202e around"])
def test_a_name_that_is_none_is_refused_and_the_state_is_kept(owner, signed_in, name):
    response = save(signed_in(owner), "status=failed", name)

    assert (response.status_code, SavedView.objects.count()) == (422, 0)
    assert f"{ISSUED}?status=failed" in response.text


@pytest.mark.parametrize(
    "address", ["", "badges/issued/", "//elsewhere.example/", "https://elsewhere.example/", "/nowhere/"]
)
def test_an_address_of_no_list_is_refused(owner, signed_in, address):
    response = signed_in(owner).post(SAVE, {"next": address, "name": "Mine"})

    assert (response.status_code, SavedView.objects.count()) == (400, 0)


def test_there_are_no_more_views_than_one_reads(owner, signed_in):
    SavedViewFactory.create_batch(MOST_VIEWS, owner=owner)

    response = save(signed_in(owner), "")

    assert (response.status_code, SavedView.objects.count()) == (422, MOST_VIEWS)
    assert "You can keep 20 views of a list. Delete one first." in response.text


def test_too_much_for_an_address_is_refused(owner, signed_in):
    response = save(signed_in(owner), f"q={'x' * 3000}")

    assert (response.status_code, SavedView.objects.count()) == (422, 0)


def test_the_owner_renames_it_makes_it_the_default_and_shares_it(owner, academy, signed_in):
    old = SavedViewFactory.create(owner=owner, is_default=True)
    view = SavedViewFactory.create(owner=owner, name="Failed")

    response = signed_in(owner).post(
        url("saved_view", view),
        {"name": "What failed", "is_default": "on", "organization": academy.pk, "next": f"{ISSUED}?q=x"},
    )

    view.refresh_from_db()
    old.refresh_from_db()
    assert (view.name, view.is_default, view.organization, old.is_default) == ("What failed", True, academy, False)
    assert response["Location"] == f"{ISSUED}?q=x"


def test_a_name_that_one_has_is_refused_when_renaming(owner, signed_in):
    SavedViewFactory.create(owner=owner, name="Failed")
    view = SavedViewFactory.create(owner=owner, name="Mine")

    response = signed_in(owner).post(url("saved_view", view), {"name": "FAILED"})

    assert response.status_code == 422
    assert SavedView.objects.get(pk=view.pk).name == "Mine"


def test_an_organization_that_one_does_not_administer_is_no_choice(owner, signed_in):
    view, outside = SavedViewFactory.create(owner=owner), OrganizationFactory.create(name="Outside")

    response = signed_in(owner).post(url("saved_view", view), {"name": "Mine", "organization": outside.pk})

    assert (response.status_code, "Outside" in response.text) == (422, False)
    assert SavedView.objects.get().organization is None


def test_who_administers_nothing_shares_nothing(academy, signed_in):
    student = StudentFactory.create(organization=academy)
    view = SavedViewFactory.create(owner=student, page_name="achievements:mine")
    client = signed_in(student)

    page = client.get(url("saved_view", view))
    client.post(url("saved_view", view), {"name": "Mine", "organization": academy.pk})

    assert "Shared with" not in page.text
    assert SavedView.objects.get().organization is None


def test_its_people_find_a_shared_view_with_who_shared_it(owner, academy, colleague, signed_in):
    view = SavedViewFactory.create(owner=owner, organization=academy, name="Ours", query="status=failed")
    SavedViewFactory.create(owner=owner, name="Not yours")

    page = signed_in(colleague).get(ISSUED)

    assert "Ours" in page.text
    assert f"Shared by {owner.plain_name} with Academy" in " ".join(page.text.split())
    assert "Not yours" not in page.text
    assert page.context["listing"].menu.links_of_others == [(view, f"{ISSUED}?status=failed&view={view.pk}")]


def test_a_shared_view_stays_when_its_owner_is_deactivated_and_names_nobody(owner, academy, colleague, signed_in):
    view = SavedViewFactory.create(owner=owner, organization=academy, name="Ours")
    owner.is_active = False
    owner.save()
    client = signed_in(colleague)

    page = client.get(ISSUED)
    client.post(url("saved_view", view), {"name": "Ours still", "organization": academy.pk})

    assert ("Shared with Academy" in page.text, owner.plain_name in page.text) == (True, False)
    assert SavedView.objects.get().name == "Ours still"


def test_an_administrator_changes_what_is_shared_but_not_whose_default_it_is(owner, academy, colleague, signed_in):
    view = SavedViewFactory.create(owner=owner, organization=academy, is_default=True)
    client = signed_in(colleague)

    client.post(url("saved_view", view), {"name": "Renamed", "organization": academy.pk})
    replaced = client.post(url("replace_view", view), {"next": f"{ISSUED}?q=x"})

    view.refresh_from_db()
    assert (view.name, view.query, view.organization, view.is_default) == ("Renamed", "q=x", academy, True)
    assert replaced["Location"] == f"{ISSUED}?q=x&view={view.pk}"
    client.post(url("delete_view", view), {"next": f"{ISSUED}?q=x"})
    assert not SavedView.objects.exists()


def test_who_only_reads_copies_and_changes_nothing(owner, academy, signed_in):
    view = SavedViewFactory.create(
        owner=owner, organization=academy, page_name="courses:paths", name="Ours", query="q=x"
    )
    student = StudentFactory.create(organization=academy)
    client = signed_in(student)
    paths = reverse("courses:paths")

    page = client.get(f"{url('saved_view', view)}?next={paths}")
    refused = [
        client.post(url(name, view), {"name": "Mine", "next": paths}).status_code
        for name in ("saved_view", "replace_view", "delete_view")
    ]
    copies = [client.post(url("copy_view", view), {"next": paths}) for _time in range(2)]

    assert ("Save as my own" in page.text, 'name="name"' in page.text) == (True, False)
    assert refused == [403, 403, 403]
    own = SavedView.objects.filter(owner=student).order_by("pk")
    assert [(one.name, one.query, one.organization) for one in own] == [
        ("Ours", "q=x", None),
        ("Ours (2)", "q=x", None),
    ]
    assert [copy["Location"] for copy in copies] == [f"{paths}?q=x&view={one.pk}" for one in own]


def test_what_somebody_keeps_for_himself_is_not_there_for_others(owner, colleague, signed_in):
    view = SavedViewFactory.create(owner=owner)
    client = signed_in(colleague)

    statuses = {name: client.post(url(name, view)).status_code for name in ("replace_view", "copy_view", "delete_view")}

    assert statuses == {"replace_view": 404, "copy_view": 404, "delete_view": 404}
    assert client.get(url("saved_view", view)).status_code == 404


def test_who_has_left_keeps_the_view_but_no_more_tells_its_people_anything(owner, academy, colleague, signed_in):
    view = SavedViewFactory.create(owner=owner, organization=academy, name="Ours")
    owner.organization = OrganizationFactory.create(name="Elsewhere")
    owner.save()
    owner.managed_organizations.clear()

    page = signed_in(owner).get(url("saved_view", view))
    theirs = signed_in(colleague).get(ISSUED)
    signed_in(owner).post(url("saved_view", view), {"name": "Rude words"})

    assert ("you do not administer" in page.text, "Academy" in page.text) == (True, False)
    assert (owner.plain_name in theirs.text, "Elsewhere" in theirs.text) == (False, False)
    view.refresh_from_db()
    assert (view.name, view.organization) == ("Rude words", None)


def test_replacing_what_one_may_no_longer_share_takes_it_back(owner, academy, signed_in):
    view = SavedViewFactory.create(owner=owner, organization=academy)
    owner.managed_organizations.clear()

    signed_in(owner).post(url("replace_view", view), {"next": f"{ISSUED}?q=x"})

    view.refresh_from_db()
    assert (view.query, view.organization) == ("q=x", None)


def test_a_view_stands_for_a_state_of_its_own_list_alone(owner, signed_in):
    view = SavedViewFactory.create(owner=owner, query="q=x")

    response = signed_in(owner).post(url("replace_view", view), {"next": reverse("badges:list")})

    assert (response.status_code, SavedView.objects.get().query) == (400, "q=x")


def test_replacing_with_too_much_says_so(owner, signed_in):
    view, client = SavedViewFactory.create(owner=owner, query="q=x"), signed_in(owner)

    response = client.post(url("replace_view", view), {"next": f"{ISSUED}?q={'x' * 3000}"})

    assert (response.status_code, SavedView.objects.get().query) == (302, "q=x")


def test_an_organization_has_no_more_shared_views_than_one_reads(owner, colleague, academy, signed_in):
    SavedViewFactory.create_batch(MOST_VIEWS, owner=colleague, organization=academy)
    view = SavedViewFactory.create(owner=owner)

    response = signed_in(owner).post(url("saved_view", view), {"name": "Mine", "organization": academy.pk})

    assert (response.status_code, "has 20 shared views" in response.text) == (422, True)


def test_a_copy_too_many_says_so(owner, colleague, academy, signed_in):
    view = SavedViewFactory.create(owner=colleague, organization=academy)
    SavedViewFactory.create_batch(MOST_VIEWS, owner=owner)

    response = signed_in(owner).post(url("copy_view", view), follow=True)

    assert said(response) == ["You can keep 20 views of a list. Delete one first."]


def test_deleting_leads_to_the_list(owner, signed_in):
    view = SavedViewFactory.create(owner=owner, is_default=True)

    response = signed_in(owner).post(url("delete_view", view), {"next": f"{ISSUED}?q=x&view={view.pk}"})

    assert (response["Location"], SavedView.objects.count()) == (ISSUED, 0)


def test_nothing_leads_out_of_the_product(owner, signed_in):
    view, client = SavedViewFactory.create(owner=owner), signed_in(owner)

    page = client.get(url("saved_view", view), {"next": "https://elsewhere.example/"})
    response = client.post(url("saved_view", view), {"name": "Mine", "next": "//elsewhere.example/"})

    assert (page.context["back"], response["Location"]) == ("", "/")


def test_a_view_of_a_list_that_one_may_not_open_opens_nothing(owner, academy, signed_in):
    view = SavedViewFactory.create(owner=owner, organization=academy, query="status=failed")
    student = StudentFactory.create(organization=academy)

    assert signed_in(student).get(f"{ISSUED}?{view.query}&view={view.pk}").status_code == 403


def test_the_default_is_what_the_bare_address_shows_and_all_is_one_press_away(owner, signed_in, two):
    view = SavedViewFactory.create(owner=owner, is_default=True, name="Failed", query="status=failed")
    client = signed_in(owner)

    bare = client.get(ISSUED)
    everything = client.get(f"{ISSUED}?view=all")

    assert "This is your default view, <bdi>Failed</bdi>." in bare.text
    assert f'href="{ISSUED}?view=all"' in bare.text
    assert (pks(bare), pks(everything)) == ({two[0].pk}, {row.pk for row in two})
    assert "default view" not in everything.text
    assert bare.context["listing"].menu.current == view


def test_what_is_taken_out_of_the_default_does_not_come_back(owner, signed_in, two):
    SavedViewFactory.create(owner=owner, is_default=True, query="status=failed")
    client = signed_in(owner)
    listing = client.get(ISSUED).context["listing"]

    without = client.get(listing.url(status=None))
    searched = client.get(ISSUED, {name: value for name, value in listing.kept_by_search if value})
    asked = client.get(f"{ISSUED}?q=diver").context["listing"]

    assert pks(without) == pks(searched) == {row.pk for row in two}
    assert dict(asked.kept_by_search)["view"] == "all"
    assert dict(parse_qsl(urlsplit(asked.url(q=None)).query)) == {"view": "all"}


def test_what_is_done_to_all_that_the_default_shows_is_done_to_no_more(owner, signed_in, two):
    SavedViewFactory.create(owner=owner, is_default=True, query="status=failed")
    client = signed_in(owner)
    state = client.get(ISSUED).context["listing"].state

    page = client.post(f"{reverse('badges:revoke')}?{state}", {"all_found": "1"})

    assert [row.pk for row in page.context["rows"]] == [two[0].pk]


@pytest.mark.parametrize(
    ("query", "is_outdated"),
    [
        ("columns=badge&columns=gone", True),
        ("gone=1&status=failed", True),
        ("sort=-gone", True),
        ("columns=badge&issued_at_after=2026-01-01&sort=-badge&per_page=50&q=x", False),
    ],
)
def test_what_a_list_no_longer_has_is_said_and_the_rest_applies(owner, signed_in, query, is_outdated):
    view = SavedViewFactory.create(owner=owner, query=query)

    page = signed_in(owner).get(f"{ISSUED}?{query}&view={view.pk}")

    assert page.status_code == 200
    assert ("This view asks for a column or filter that is not here." in page.text) == is_outdated


def test_a_filter_for_what_is_out_of_scope_finds_nothing(owner, signed_in, two):
    view = SavedViewFactory.create(owner=owner, query="status=never")

    page = signed_in(owner).get(f"{ISSUED}?{view.query}&view={view.pk}")

    assert pks(page) == set()


def test_a_changed_view_offers_to_be_replaced(owner, signed_in):
    client = signed_in(owner)
    state = client.get(f"{ISSUED}?status=failed").context["listing"].view
    client.post(SAVE, {"next": state.address, "name": "Failed"})
    view = SavedView.objects.get()

    same = client.get(f"{ISSUED}?{view.query}&view={view.pk}&page=2")
    changed = client.get(f"{ISSUED}?{view.query}&sort=badge&view={view.pk}")

    assert ("Replace “Failed”" in same.text, "Replace “Failed”" in changed.text) == (False, True)


@pytest.mark.parametrize("count", [0, 3])
def test_the_menu_takes_one_query(owner, academy, colleague, signed_in, count, django_assert_num_queries):
    SavedViewFactory.create_batch(count, owner=owner)
    SavedViewFactory.create_batch(count, owner=colleague, organization=academy)
    menu = signed_in(owner).get(f"{ISSUED}?q=x").context["listing"].menu
    del menu.__dict__["views"]

    with django_assert_num_queries(1):
        assert len(menu.links + menu.links_of_others) == 2 * count
