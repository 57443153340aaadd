import pytest
from django.http import QueryDict
from django.test import RequestFactory

from listing.menu import ListState, ViewMenu, menu_of
from tests.factories import SavedViewFactory, UserFactory


def menu(user, query=""):
    return ViewMenu(user, "badges:issued", "/badges/issued/", QueryDict(query))


@pytest.mark.parametrize(
    ("query", "asked", "marked"),
    [
        ("", "q=a&view={default}", "q=a&view={default}"),
        ("q=b", "q=b", "q=b&view=all"),
        ("page=2", "page=2", "page=2&view=all"),
        ("view=all", "view=all", "view=all"),
        ("view=7&q=b", "view=7&q=b", "view=7&q=b"),
    ],
)
def test_the_default_is_for_the_bare_address_alone(db, query, asked, marked):
    default = SavedViewFactory.create(query="q=a", is_default=True)

    found = menu(default.owner, query)

    assert found.asked.urlencode() == asked.format(default=default.pk)
    kept = found.asked.copy()
    found.keep_from_default(kept)
    assert kept.urlencode() == marked.format(default=default.pk)
    assert found.is_by_default == (query == "")
    assert found.url_of_all == "/badges/issued/?view=all"


def test_views_are_opened_where_the_page_was_opened_from(db):
    default = SavedViewFactory.create(query="q=a", is_default=True)

    found = menu(default.owner, "roster=7")

    assert found.is_by_default
    assert found.asked.urlencode() == f"q=a&view={default.pk}&roster=7"
    assert found.links == [(default, f"/badges/issued/?q=a&view={default.pk}&roster=7")]
    assert found.url_of_all == "/badges/issued/?view=all&roster=7"


def test_without_a_default_the_address_is_all_there_is(db):
    view = SavedViewFactory.create(query="")

    found = menu(view.owner, "q=b")

    assert (found.asked.urlencode(), found.current, found.url_of_all) == ("q=b", None, "/badges/issued/")
    assert found.links == [(view, f"/badges/issued/?view={view.pk}")]


@pytest.mark.parametrize(
    ("query", "asked", "marked"),
    [("", "q=a", "q=a&view=all"), ("roster=7", "q=a&roster=7", "q=a&roster=7&view=all"), ("q=", "q=", "q=&view=all")],
)
def test_a_page_opens_with_something_where_nothing_is_asked(db, query, asked, marked):
    view = SavedViewFactory.create(query="q=c")

    found = ViewMenu(view.owner, view.page_name, "/badges/issued/", QueryDict(query), opening="q=a")

    kept = found.asked.copy()
    found.keep_from_default(kept)
    assert (found.asked.urlencode(), kept.urlencode()) == (asked, marked)
    assert found.is_opening == ("q=" not in query)
    assert found.url_of_all.startswith("/badges/issued/?view=all")


def test_a_default_of_one_s_own_goes_before_what_the_page_opens_with(db):
    default = SavedViewFactory.create(query="q=c", is_default=True)

    found = ViewMenu(default.owner, default.page_name, "/badges/issued/", QueryDict(), opening="q=a")

    assert (found.asked["q"], found.is_opening) == ("c", False)


def test_views_of_another_list_and_of_others_are_not_offered(db):
    view = SavedViewFactory.create(page_name="badges:list")
    SavedViewFactory.create()

    assert menu(view.owner, f"view={view.pk}").current is None
    assert menu(view.owner).views == []


def test_a_dialog_and_a_visitor_have_no_menu(db, django_assert_num_queries):
    request = RequestFactory().get("/badges/issued/?q=a")
    visitor = menu_of(request, "badges:issued", is_page=True)
    request.user = UserFactory.create()
    dialog = menu_of(request, "badges:issued", is_page=False)

    with django_assert_num_queries(0):
        assert (visitor.views, dialog.views, dialog.asked.urlencode()) == ([], [], "q=a")


@pytest.mark.parametrize(
    ("asked", "is_outdated"),
    [
        ("status=failed&issued_at_after=2026-01-01&sort=-badge&columns=badge", False),
        ("statusx=failed", True),
        ("columns=gone", True),
        ("sort=gone", True),
    ],
)
def test_a_state_knows_what_its_list_has_not(db, asked, is_outdated):
    view = SavedViewFactory.create(query=asked)
    state = ListState(
        menu=menu(view.owner, f"{asked}&view={view.pk}"),
        path="/badges/issued/",
        asked=QueryDict(f"{asked}&view={view.pk}"),
        kept=asked,
        columns=["badge", "-badge"],
        names=["sort", "columns", "view", "status", "issued_at"],
    )

    assert (state.is_outdated, state.is_changed, state.address) == (is_outdated, False, f"/badges/issued/?{asked}")
