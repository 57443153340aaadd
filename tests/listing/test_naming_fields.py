"""Rows of a form that are found by their names."""

import re

import pytest
from django import forms
from django.http import QueryDict
from django.urls import reverse

from badges.models import Badge
from listing.naming import MOST_DRAWN, MOST_SUGGESTED
from listing.naming_fields import NamedRowField, NamedRowsField
from organizations.models import Organization
from tests.factories import BadgeProviderFactory, OrganizationFactory

WITH_A_TWO = [f"House {number:02}" for number in range(MOST_DRAWN + 1) if "2" in f"{number:02}"]
pytestmark = pytest.mark.django_db


class HouseForm(forms.Form):
    """One house, perhaps one, and some."""

    house = NamedRowField(Organization.objects.order_by("name", "pk"))
    second = NamedRowField(
        Organization.objects.order_by("name", "pk"), required=False, beside="parent", empty_label="None"
    )
    others = NamedRowsField(Organization.objects.order_by("name", "pk"), required=False)


@pytest.fixture
def houses():
    """One more than a select shows."""
    return [OrganizationFactory.create(name=f"House {number:02}") for number in range(MOST_DRAWN + 1)]


def form_with(asked="", **initial):
    return HouseForm(QueryDict(asked) if asked else None, initial=initial)


def drawn(form, name):
    """The rows that the field draws to be chosen, those chosen with a star."""
    found = re.findall(r'name="(\w+)" value="(\d*)"( checked)?>\s*<span>([^<]*)', str(form[name]))
    return [f"{words.strip()}{'*' if checked else ''}" for _name, _pk, checked, words in found]


def test_few_rows_are_a_select_and_boxes(houses):
    houses[-1].delete()
    form = form_with(house=houses[3], others=[houses[4]])

    assert str(form["house"]).count("<option") == MOST_DRAWN + 1
    assert f'value="{houses[3].pk}" selected' in str(form["house"])
    assert str(form["others"]).count('type="checkbox"') == MOST_DRAWN
    assert str(form["others"]).count("checked") == 1
    assert "required" in str(form["house"])


def test_of_many_rows_those_chosen_alone_are_drawn(houses):
    form = form_with(house=houses[3].pk, others=[houses[4], houses[5].pk])

    assert drawn(form, "house") == ["House 03*"]
    assert drawn(form, "second") == ["None*"]
    assert drawn(form, "others") == ["House 04*", "House 05*"]
    assert 'name="house_named"' in str(form["house"])


def test_drawing_one_of_many_takes_two_queries(houses, django_assert_num_queries):
    form = form_with(house=houses[3].pk)

    with django_assert_num_queries(2):
        str(form["house"])


def test_an_id_chooses(houses):
    form = form_with(f"house={houses[3].pk}&others={houses[4].pk}&others={houses[5].pk}")

    assert form.is_valid()
    assert (form.cleaned_data["house"], form.cleaned_data["second"]) == (houses[3], None)
    assert list(form.cleaned_data["others"]) == [houses[4], houses[5]]


def test_words_of_one_name_choose_it_and_win_over_what_was_chosen(houses):
    form = form_with(f"house={houses[3].pk}&house_named=house 07&others={houses[4].pk}&others_named=HOUSE 05")

    assert form.is_valid()
    assert form.cleaned_data["house"] == houses[7]
    assert list(form.cleaned_data["others"]) == [houses[4], houses[5]]
    assert drawn(form, "house") == ["House 07*"]
    assert drawn(form, "others") == ["House 04*", "House 05*"]


def test_words_of_several_are_asked_about_with_their_rows(houses):
    form = form_with(f"house=&house_named=house 2&second_named=house 2&others={houses[4].pk}&others_named=house 2")

    assert form.errors == {
        key: ["Several have this in their names. Choose one."] for key in ["house", "second", "others"]
    }
    assert drawn(form, "house") == WITH_A_TWO
    assert drawn(form, "second") == ["None", *WITH_A_TWO]
    assert drawn(form, "others") == ["House 04*", *WITH_A_TWO]


def test_words_of_none_stay_to_be_mended(houses):
    form = form_with("house_named=Palace&others_named=Palace")

    assert form.errors == {key: ["Nothing has this name."] for key in ["house", "others"]}
    assert str(form["house"]).count('value="Palace"') == 1
    assert str(form["others"]).count('value="Palace"') == 1


def test_a_row_that_is_not_offered_is_no_choice(houses):
    form = form_with("house=4711&others=4711")

    assert sorted(form.errors) == ["house", "others"]
    assert drawn(form, "house") == []


def test_what_is_offered_may_be_less_than_what_is_taken(houses):
    form = form_with(f"house={houses[3].pk}")
    form.fields["house"].offered = Organization.objects.filter(pk__in=[houses[4].pk, houses[5].pk])

    assert str(form["house"]).count("<option") == 3
    assert [row.pk for row in form.fields["house"].found("house")] == [houses[4].pk, houses[5].pk]
    assert "house" not in form.errors


def test_words_are_a_change(houses):
    asked = f"house={houses[3].pk}&others={houses[4].pk}"

    unchanged = form_with(asked, house=houses[3].pk, others=[houses[4].pk])
    changed = form_with(f"{asked}&house_named=x&others_named=x", house=houses[3].pk, others=[houses[4].pk])

    assert (unchanged.changed_data, changed.changed_data) == ([], ["house", "others"])


def suggested(client, url, name, words):
    response = client.get(url, {"suggest": name, f"{name}_named": words}, headers={"HX-Request": "true"})
    return re.findall(r'data-named-words="([^"]+)"', response.text)


def test_a_page_suggests_what_its_form_offers(world, signed_in):
    names = [f"House {number:02}" for number in range(MOST_SUGGESTED + 1)]
    for name in names:
        OrganizationFactory.create(name=name, parent=world.academy)
    OrganizationFactory.create(name="House of strangers", parent=world.outside)
    BadgeProviderFactory.create(name="House Seals", organization=world.outside)
    client, url = signed_in(world.administrator), reverse("badges:create")

    assert suggested(client, url, "organization", "house 15") == names[15:16]
    assert suggested(client, url, "organization", "house") == names[:MOST_SUGGESTED]
    assert suggested(client, url, "organization", "strangers") == []
    assert suggested(client, url, "provider", "seals") == []
    assert suggested(client, url, "available_to", "house 20") == ["House 20"]
    assert suggested(client, url, "name", "house") == []
    assert Badge.objects.count() == 0


def test_no_words_suggest_nothing_and_too_many_say_so(world, signed_in):
    for number in range(MOST_SUGGESTED + 1):
        OrganizationFactory.create(name=f"House {number:02}", parent=world.academy)
    client, url = signed_in(world.administrator), reverse("badges:create")

    assert client.get(url, {"suggest": "organization"}).text.strip() == ""
    assert "There are more." in client.get(url, {"suggest": "organization", "organization_named": "house"}).text
    assert "Nothing has this name." in client.get(url, {"suggest": "organization", "organization_named": "palace"}).text
