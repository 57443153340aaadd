"""The list of achievements by badges and organizations that were chosen in a dialog (S57)."""

import pytest
from django.urls import reverse

from listing.narrowing import MOST_CHOSEN
from tests.factories import AchievementFactory, BadgeFactory, OrganizationFactory

LIST = reverse("achievements:list")
BADGES = reverse("achievements:filter_badges")
ORGANIZATIONS = reverse("achievements:filter_organizations")
HTMX = {"HX-Request": "true"}


@pytest.fixture
def diver(world):
    return BadgeFactory.create(name="Diver", organization=world.academy)


@pytest.fixture
def climber(world):
    return BadgeFactory.create(name="Climber", organization=world.academy)


@pytest.fixture
def achievements(world, diver, climber):
    """Dive and Climb with their badges; Walk, of the umbrella, with none."""
    return [
        AchievementFactory.create(name="Dive", organization=world.academy, badge=diver),
        AchievementFactory.create(name="Climb", organization=world.academy, badge=climber),
        AchievementFactory.create(name="Walk", organization=world.umbrella),
    ]


def names(response):
    return [row.name for row in response.context["listing"].page]


def filter_of(response, name):
    return next(found for found in response.context["listing"].filters if found.field.name == name)


def chosen(response, name):
    return [str(row) for row in filter_of(response, name).chosen]


def test_filters_are_those_of_the_product(administrator):
    response = administrator.get(LIST)

    assert [str(found.field.label) for found in response.context["listing"].filters] == [
        "Name",
        "Badge Name",
        "Choose Badge",
        "Organization",
        "Organization (Choose)",
        "Enabled",
        "Created",
        "Last Modified",
    ]


def test_achievements_with_any_of_the_chosen_badges_are_found(administrator, achievements, diver, climber):
    one = administrator.get(LIST, {"badge": diver.pk})
    two = administrator.get(LIST, {"badge": [diver.pk, climber.pk]})

    assert (names(one), names(two)) == (["Dive"], ["Climb", "Dive"])
    assert (chosen(one, "badge"), chosen(two, "badge")) == (["Diver"], ["Climber", "Diver"])


def test_achievements_of_any_of_the_chosen_organizations_are_found(world, administrator, achievements):
    one = administrator.get(LIST, {"organization": world.umbrella.pk})
    two = administrator.get(LIST, {"organization": [world.umbrella.pk, world.academy.pk]})

    assert (names(one), names(two)) == (["Walk"], ["Climb", "Dive", "Walk"])
    assert chosen(two, "organization") == ["Academy", "Umbrella"]


def test_filters_narrow_together(world, administrator, achievements, diver):
    query = {"badge": diver.pk, "organization": world.umbrella.pk}

    response = administrator.get(LIST, query)

    assert names(response) == []


def test_words_of_the_organization_find_achievements_too(administrator, achievements):
    response = administrator.get(LIST, {"organization_name": "umbr"})

    assert names(response) == ["Walk"]


@pytest.mark.parametrize("field", ["badge", "organization"])
def test_rows_out_of_reach_find_nothing_even_beside_others(world, administrator, achievements, diver, field):
    own = {"badge": diver.pk, "organization": world.academy.pk}
    foreign = {"badge": BadgeFactory.create(organization=world.outside).pk, "organization": world.outside.pk}

    response = administrator.get(LIST, {field: [own[field], foreign[field]]})

    assert names(response) == []
    assert response.context["listing"].filterset.errors == {
        field: [f"Select a valid choice. {foreign[field]} is not one of the available choices."]
    }
    assert chosen(response, field) == []


@pytest.mark.parametrize("nonsense", ["x", "-1", "null", str(10**30), "a\0b", "1 OR 1=1"])
@pytest.mark.parametrize("field", ["badge", "organization"])
def test_nonsense_finds_nothing(administrator, achievements, field, nonsense):
    response = administrator.get(LIST, {field: nonsense})

    assert (response.status_code, names(response)) == (200, [])
    assert list(response.context["listing"].filterset.errors) == [field]


def test_more_than_an_address_can_hold_are_refused(administrator, achievements, diver):
    response = administrator.get(LIST, {"badge": [diver.pk] * (MOST_CHOSEN + 1)})

    assert names(response) == []
    assert response.context["listing"].filterset.errors == {"badge": ["Choose 100 at most."]}


@pytest.mark.parametrize("dialog", ["achievements:filter_badges", "achievements:filter_organizations"])
def test_how_many_an_address_can_hold_is_said_before(administrator, achievements, dialog):
    assert f"Choose {MOST_CHOSEN} at most." in administrator.get(reverse(dialog)).text


def test_each_chosen_row_can_be_taken_away(administrator, achievements, diver, climber):
    response = administrator.get(LIST, {"badge": [diver.pk, climber.pk], "name": "i", "page": 2})

    found = [(chip.words, chip.url_without) for chip in filter_of(response, "badge").chips]
    assert found == [("Climber", f"{LIST}?name=i&badge={diver.pk}"), ("Diver", f"{LIST}?name=i&badge={climber.pk}")]


def test_names_of_chosen_rows_are_escaped(world, administrator):
    badge = BadgeFactory.create(name='"><script>', organization=world.academy)

    response = administrator.get(LIST, {"badge": badge.pk})

    assert '"><script>' not in response.text


@pytest.mark.parametrize(("count", "queries"), [(1, 10), (3, 10)])
def test_find_achievements_by_chosen_badges_takes_ten_queries(
    world, administrator, django_assert_num_queries, count, queries
):
    badges = BadgeFactory.create_batch(count, organization=world.academy)
    for badge in badges:
        AchievementFactory.create(organization=world.academy, badge=badge)

    with django_assert_num_queries(queries):
        response = administrator.get(LIST, {"badge": [badge.pk for badge in badges]})

    assert len(names(response)) == count


@pytest.mark.parametrize("url", [BADGES, ORGANIZATIONS])
@pytest.mark.parametrize("rows", [1, 3])
def test_a_chooser_takes_seven_queries(world, administrator, django_assert_num_queries, url, rows):
    for _row in range(rows):
        BadgeFactory.create(organization=OrganizationFactory.create(parent=world.academy))

    with django_assert_num_queries(7):
        administrator.get(url, headers=HTMX)


def test_choosers_offer_what_is_in_reach(world, administrator, diver):
    BadgeFactory.create(organization=world.outside)

    badges, organizations = administrator.get(BADGES), administrator.get(ORGANIZATIONS)

    assert names(badges) == ["Diver"]
    assert names(organizations) == ["Academy", "Umbrella"]


def test_a_chooser_knows_what_is_chosen_already(administrator, diver, climber):
    response = administrator.get(BADGES, {"badge": climber.pk})

    lines = response.context["listing"].lines
    assert [(line.row.name, line.is_chosen) for line in lines] == [("Climber", True), ("Diver", False)]


def test_a_chooser_keeps_the_query_of_the_list_and_what_was_chosen(administrator, diver, climber):
    query = {
        "q": "i",
        "sort": "-points",
        "badge": climber.pk,
        "choose-q": "dive",
        "choose-page": 2,
        "choose-sort": "name",
    }

    listing = administrator.get(BADGES, query).context["listing"]

    assert [row.name for row in listing.page] == ["Diver"]
    assert listing.kept_by_search == [("q", "i"), ("sort", "-points"), ("choose-sort", "name")]
    assert listing.chosen_elsewhere == [str(climber.pk)]
    assert listing.url_of_everything == f"{BADGES}?q=i&sort=-points&badge={climber.pk}&choose-sort=name"


def test_what_the_list_is_asked_does_not_narrow_the_chooser(administrator, diver, climber):
    response = administrator.get(BADGES, {"q": "dive", "columns": "points", "per_page": 10, "page": 9})

    listing = response.context["listing"]
    assert [row.name for row in listing.page] == ["Climber", "Diver"]
    assert [column.name for column in listing.shown] == ["name", "organization"]
    assert listing.per_page == 50


def test_done_leads_to_the_list_with_all_it_was_asked(administrator, diver, climber):
    query = {"name": "i", "badge": [climber.pk, diver.pk], "choose-q": "dive", "choose-sort": "name", "done": 1}

    response = administrator.get(BADGES, query)

    assert response.url == f"{LIST}?name=i&badge={climber.pk}&badge={diver.pk}"


def test_done_with_none_takes_the_filter_away(administrator):
    response = administrator.get(ORGANIZATIONS, {"name": "i", "done": 1})

    assert response.url == f"{LIST}?name=i"


def test_a_chooser_is_a_dialog_or_a_page(administrator, diver):
    dialog, page = administrator.get(BADGES, headers=HTMX), administrator.get(BADGES)

    assert ("<html" in dialog.text, "<html" in page.text) == (False, True)
    assert ('hx-target="#listing"' in dialog.text, 'hx-target="#listing"' in page.text) == (True, False)


def test_the_badge_is_a_link_where_its_page_may_be_seen_and_empty_where_there_is_none(
    world, administrator, achievements
):
    above = BadgeFactory.create(name="Above", organization=OrganizationFactory.create())
    AchievementFactory.create(name="Borrowed", organization=world.academy, badge=above)

    response = administrator.get(LIST, {"columns": "badge"})

    page = reverse("badges:profile", args=[achievements[0].badge_id])
    assert f'<a class="ellipsis" href="{page}" title="Diver">Diver</a>' in response.text
    assert '<span class="ellipsis" title="Above">Above</span>' in response.text
    assert reverse("badges:profile", args=[above.pk]) not in response.text
    export = administrator.get(LIST, {"columns": ["name", "badge"], "export": "csv"})
    assert export.getvalue().decode().splitlines() == [
        "\ufeffName,Badge",
        "Borrowed,Above",
        "Climb,Climber",
        "Dive,Diver",
        "Walk,",
    ]


@pytest.mark.parametrize(("column", "is_there"), [("badge", True), ("points", False)])
def test_the_badge_is_an_output_option(administrator, achievements, column, is_there):
    response = administrator.get(LIST, {"columns": column})

    assert ("Diver" in response.text) is is_there


def test_the_paper_says_what_was_searched_for(world, administrator, achievements, diver, climber):
    query = {
        "q": "di",
        "badge": [diver.pk, climber.pk],
        "enabled": "true",
        "created_at_after": "2020-01-01",
        "modified_at_before": "2020-02-29",
        "organization": world.outside.pk,
    }

    response = administrator.get(LIST, query)

    said = [(str(label), words) for label, words in response.context["listing"].on_paper]
    assert said == [
        ("Search", "di"),
        ("Choose Badge", "Climber, Diver"),
        ("Enabled", "Yes"),
        ("Created", "from 1 Jan 2020"),
        ("Last Modified", "until 29 Feb 2020"),
    ]
