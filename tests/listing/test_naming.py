"""Filters for one row among many: found by its name, asked for by its id."""

import pytest
from django.urls import reverse

from badges.models import BadgeProvider
from listing.naming import MOST_DRAWN, MOST_SUGGESTED
from tests.factories import BadgeFactory, BadgeProviderFactory

LIST = reverse("badges:list")


@pytest.fixture
def administrator(world, signed_in):
    return signed_in(world.administrator)


@pytest.fixture
def providers(world) -> list[BadgeProvider]:
    """One more than a select shows, by name."""
    names = [f"Issuer {number:02}" for number in range(MOST_DRAWN)]
    return [BadgeProviderFactory.create(name=name, organization=world.academy) for name in [*names, "Seals"]]


@pytest.fixture
def badges(world, providers):
    """A badge of each provider, with its name."""
    return [BadgeFactory.create(name=one.name, organization=world.academy, provider=one) for one in providers]


def names(response):
    return [row.name for row in response.context["listing"].page]


def filter_of(response):
    return next(one for one in response.context["listing"].filters if one.field.name == "provider")


def suggested(client, words, **more):
    response = client.get(LIST, {"suggest": "provider", "provider_named": words, **more})
    return [(one.words, one.beside, one.url) for one in response.context["naming"].suggested]


def test_few_rows_are_a_select(world, administrator, providers):
    BadgeProvider.objects.filter(name="Seals").delete()

    response = administrator.get(LIST)

    assert filter_of(response).naming is None
    assert [words for _pk, words in filter_of(response).field.field.widget.choices][1:] == [
        f"Issuer {number:02}" for number in range(MOST_DRAWN)
    ]


def test_of_many_rows_the_page_draws_none(administrator, providers):
    response = administrator.get(LIST)

    assert "Issuer 07" not in response.text
    assert filter_of(response).naming.suggested == []


def test_an_id_chooses_and_its_row_is_named_by_a_chip(administrator, badges, providers):
    response = administrator.get(LIST, {"provider": providers[-1].pk})

    assert names(response) == ["Seals"]
    assert [(str(chip.label), chip.words, chip.url_without) for chip in response.context["listing"].chips] == [
        ("Badge Provider", "Seals", f"{LIST}?")
    ]
    assert f'<input type="hidden" name="provider" value="{providers[-1].pk}">' in response.text


@pytest.mark.parametrize("words", ["seals", "SEA", " sé "])
def test_words_that_one_name_has_choose_it_and_its_id_is_kept(administrator, badges, providers, words):
    response = administrator.get(LIST, {"provider_named": words, "manual": "unknown"})

    assert names(response) == ["Seals"]
    found = response.context["listing"]
    assert found.url(sort="name") == f"{LIST}?manual=unknown&provider={providers[-1].pk}&sort=name"
    assert found.view.kept.startswith("columns=")
    assert f"provider={providers[-1].pk}" in found.view.kept


def test_a_whole_name_is_meant_even_where_others_begin_with_it(world, administrator, badges):
    BadgeProviderFactory.create(name="Seals of gold", organization=world.academy)

    assert names(administrator.get(LIST, {"provider_named": "seals"})) == ["Seals"]


def test_words_are_newer_than_what_was_chosen_before(administrator, badges, providers):
    response = administrator.get(LIST, {"provider": providers[0].pk, "provider_named": "seals"})

    assert names(response) == ["Seals"]


def test_words_that_several_names_have_find_nothing_and_offer_them(administrator, badges, providers):
    response = administrator.get(LIST, {"provider_named": "issuer 1", "q": "x"})

    assert names(response) == []
    assert filter_of(response).field.errors == ["Several have this in their names. Choose one."]
    offered = filter_of(response).naming
    # "1" is in 01, 10 to 19, and 21.
    assert (offered.words, len(offered.suggested), offered.is_more) == ("issuer 1", 12, False)
    assert offered.suggested[0].url == f"{LIST}?q=x&provider={providers[1].pk}"
    assert f'href="{LIST}?q=x&amp;provider={providers[1].pk}"' in response.text


@pytest.mark.parametrize("words", ["nobody", "x" * 201, "sea\0ls"])
def test_words_that_no_name_has_find_nothing(administrator, badges, words):
    response = administrator.get(LIST, {"provider_named": words})

    assert names(response) == []
    assert filter_of(response).field.errors == ["Nothing has this name."]


def test_the_filter_is_taken_away_with_its_words(administrator, badges):
    response = administrator.get(LIST, {"provider_named": "issuer", "manual": "true"})

    assert filter_of(response).chips[0].url_without == f"{LIST}?manual=true"
    assert response.context["listing"].url_of_everything == f"{LIST}?"


def test_rows_are_suggested_while_somebody_writes(administrator, providers, world):
    assert suggested(administrator, "seal", manual="true", provider=providers[0].pk) == [
        ("Seals", "Academy", f"{LIST}?manual=true&provider={providers[-1].pk}")
    ]


def test_no_more_are_suggested_than_one_reads(administrator, providers):
    response = administrator.get(LIST, {"suggest": "provider", "provider_named": "issuer"})

    assert len(response.context["naming"].suggested) == MOST_SUGGESTED
    assert "There are more. Write more of the name." in response.text
    assert "<html" not in response.text


def test_rows_out_of_sight_are_neither_suggested_nor_found(world, administrator, providers):
    foreign = BadgeProviderFactory.create(name="Foreign", organization=world.outside)

    assert suggested(administrator, "foreign") == []
    assert names(administrator.get(LIST, {"provider": foreign.pk})) == []
    assert filter_of(administrator.get(LIST, {"provider_named": "foreign"})).field.errors == ["Nothing has this name."]


def test_who_may_not_see_the_list_is_suggested_nothing(world, signed_in, providers):
    response = signed_in(world.student).get(LIST, {"suggest": "provider", "provider_named": "seals"})

    assert response.status_code == 403


@pytest.mark.parametrize("name", ["manual", "nonsense", ""])
def test_where_nothing_can_be_suggested_the_list_answers(administrator, badges, name):
    response = administrator.get(LIST, {"suggest": name})

    assert len(names(response)) == 25
    assert "suggest" not in response.context["listing"].url()


@pytest.mark.parametrize("words", ["seal", "issuer"])
def test_suggestions_take_eight_queries(administrator, providers, django_assert_num_queries, words):
    with django_assert_num_queries(8):
        suggested(administrator, words)
