"""Which templates are kept, and which of two readings is believed."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from badges.delivery import templates_reading
from badges.delivery.templates_reading import Reading, read_template, read_templates, store_templates
from badges.models import BadgeProvider, BadgeTemplate
from badges.providers.base import Missing, NotSent, Page, Refused, RemoteTemplate
from tests.factories import PAST, BadgeProviderFactory, BadgeTemplateFactory

pytestmark = pytest.mark.django_db

LATER = PAST + dt.timedelta(minutes=1)
WELDING = RemoteTemplate("welding", "Welding")


class Pages:
    """A provider whose list of templates is these answers, the last of them over and over."""

    def __init__(self, *answers: Any) -> None:
        self.answers, self.asked = answers, list[int]()

    def list_templates(self, page):
        self.asked.append(page)
        return self.answers[min(len(self.asked), len(self.answers)) - 1]

    def get_template(self, _template_ref):
        return self.answers[0]


@pytest.fixture
def provider():
    return BadgeProviderFactory.create()


def known():
    return list(BadgeTemplate.objects.order_by("external_id").values_list("external_id", "state"))


def read(provider, *answers, at=PAST):
    opened: Any = Pages(*answers)
    return read_templates(provider, opened, at=at), opened.asked


def test_a_complete_reading_keeps_what_is_listed_and_lets_the_rest_go(provider):
    for key, state in (("old", "active"), ("gone", "gone")):
        BadgeTemplateFactory.create(provider=provider, external_id=key, state=state, read_at=PAST)
    BadgeTemplateFactory.create(external_id="elsewhere", read_at=PAST)

    answer, asked = read(provider, Page((WELDING,), 7), Page((RemoteTemplate("diving", "Diving"),), None), at=LATER)

    assert (answer, asked) == (Reading(2, gone=1), [1, 7])
    assert known() == [
        ("diving", "active"),
        ("elsewhere", "active"),
        ("gone", "gone"),
        ("old", "gone"),
        ("welding", "active"),
    ]
    assert BadgeProvider.objects.get(pk=provider.pk).templates_read_at == LATER


@pytest.mark.parametrize("broken", [NotSent("No answer."), Refused("No.")])
def test_a_reading_that_breaks_off_keeps_what_it_read_and_lets_nothing_go(provider, broken):
    BadgeTemplateFactory.create(provider=provider, external_id="old", read_at=PAST)

    answer, _asked = read(provider, Page((WELDING,), 2), broken, at=LATER)

    assert (answer, known()) == (broken, [("old", "active"), ("welding", "active")])
    assert BadgeProvider.objects.get(pk=provider.pk).templates_read_at is None


def test_a_list_that_never_ends_is_left(provider):
    answer, asked = read(provider, Page((), 2))

    assert (answer, len(asked)) == (
        Refused("The provider's list of templates does not end. Contact the provider."),
        templates_reading.MOST_PAGES,
    )


def test_one_template_is_stored_as_it_is_now(provider):
    BadgeTemplateFactory.create(provider=provider, external_id="welding", name="Before", state="gone", read_at=PAST)
    opened: Any = Pages(WELDING)

    answer = read_template(provider, opened, "welding", at=LATER)

    assert answer == WELDING
    assert list(BadgeTemplate.objects.values_list("name", "state", "read_at")) == [("Welding", "active", LATER)]


@pytest.mark.parametrize(("read_at", "state"), [(PAST, "gone"), (LATER, "gone"), (LATER + dt.timedelta(1), "active")])
def test_a_template_that_is_missing_is_gone_unless_it_was_read_since(provider, read_at, state):
    BadgeTemplateFactory.create(provider=provider, external_id="welding", read_at=read_at)
    opened: Any = Pages(Missing())

    read_template(provider, opened, "welding", at=LATER)

    assert known() == [("welding", state)]


def test_a_slower_reading_changes_nothing_that_a_later_one_has_read(provider):
    store_templates(provider, [WELDING], at=LATER)

    store_templates(provider, [replace(WELDING, name="Before", state="draft")], at=PAST)

    assert list(BadgeTemplate.objects.values_list("name", "state", "read_at")) == [("Welding", "active", LATER)]


@pytest.mark.parametrize(
    ("changes", "field", "stored"),
    [
        ({"name": "a\x00" + "b" * 300}, "name", "a" + "b" * 254),
        ({"name": ""}, "name", "welding"),
        ({"description": "x" * 30_000}, "description", "x" * 20_000),
        ({"image_url": "https://x.test/" + "x" * 1000}, "image_url", ""),
        ({"state": "famous"}, "state", "draft"),
        ({"allows_duplicates": True}, "allows_duplicates", True),
    ],
)
def test_what_a_column_does_not_hold_is_cut(provider, changes, field, stored):
    store_templates(provider, [replace(WELDING, **changes)], at=PAST)

    assert BadgeTemplate.objects.values_list(field, flat=True).get() == stored


def test_a_template_without_an_id_is_none(provider):
    store_templates(provider, [RemoteTemplate("", "Nameless")], at=PAST)

    assert known() == []
