"""The page Adoption: the numbers, where they lead, who sees which, and its export."""

import csv
import datetime as dt
import io

import pytest
from django.urls import reverse
from django.utils import timezone

from badges.models import IssuedBadge, Step, StepMoment, Via
from badges.pages.views import adoption as page_of_adoption
from tests.factories import PAST, BadgeFactory, IssuedBadgeFactory

pytestmark = pytest.mark.django_db
ADDRESS = "/badges/adoption/"
ALL = f"{ADDRESS}?view=all"


@pytest.fixture
def shown(badge, outside_badge):
    """One of each issuer, and one that nobody here may know of."""
    ours = IssuedBadgeFactory.create(badge=badge, source_words="Diving", source_id=7)
    for step in (Step.OPENED, Step.VERIFIED):
        StepMoment.objects.create(issued_badge=ours, step=step, at=PAST)
    IssuedBadgeFactory.create(badge=outside_badge, via=Via.ACHIEVEMENT, issued_at=PAST - dt.timedelta(days=9))
    IssuedBadgeFactory.create()
    return ours


def counts(response):
    return [share.count for share in response.context["all"]]


def test_the_numbers_are_of_what_one_may_see(administrator, shown):
    response = administrator.get(ALL)

    assert counts(response) == [2, 2, 1, 1, 0, 1]
    assert [str(line.of) for line in response.context["badges"]] == ["Diver", "Owl"]
    assert [line.of.label for line in response.context["ways"]] == ["Class roster", "Achievement"]
    assert "Not told" in response.text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"badge": "owl"}, [1, 1, None, 1, None, None]),
        ({"via": "by_hand"}, [1, 1, 1, None, 0, 1]),
        ({"from_class": "div"}, [1, 1, 1, None, 0, 1]),
        ({"from_class": "7"}, [1, 1, 1, None, 0, 1]),
        ({"issued_at_before": "2026-02-25"}, [1, 1, None, 1, None, None]),
        ({"badge": "no such"}, [None] * 6),
        ({"issued_at_after": "nonsense"}, [None] * 6),
    ],
)
def test_it_is_narrowed_as_the_list_of_issued_badges_is(administrator, shown, query, found):
    response = administrator.get(ADDRESS, query)

    assert counts(response) == found
    assert ("No results. Remove a filter" in response.text) is (found[0] is None)


def test_without_a_question_it_tells_of_90_days_and_leads_to_all_time(administrator, shown, badge):
    def opened():
        response = administrator.get(ADDRESS)
        chips = [chip.words for chip in response.context["listing"].chips]
        return response, counts(response)[0], chips

    nothing, count, _chips = opened()
    for days in (0, 89, 90):
        IssuedBadgeFactory.create(badge=badge, issued_at=timezone.now() - dt.timedelta(days=days))
    lately, of_lately, chips = opened()
    everything = administrator.get(lately.context["listing"].menu.url_of_all)
    without_chip = administrator.get(lately.context["listing"].url_of_everything)

    assert "No badges issued in the last 90 days." in nothing.text
    assert f'href="{ALL}"' in nothing.text
    assert count is None
    assert "These are the badges of the last 90 days." in lately.text
    assert (of_lately, len(chips)) == (2, 1)
    assert counts(everything)[0] == counts(without_chip)[0] == 5
    assert "last 90 days" not in everything.text
    assert administrator.get(lately.context["all"][0].url).context["listing"].count == 2


def test_every_number_leads_to_just_what_it_counts(administrator, shown):
    response = administrator.get(ADDRESS, {"via": "by_hand", "issued_at_after": "2026-01-01"})

    lines = [response.context["all"], *(line.shares for line in response.context["badges"] + response.context["ways"])]
    numbers = [share for shares in lines for share in shares]
    found = {share.url: administrator.get(share.url).context["listing"].count for share in numbers if share.url}
    assert [found[share.url] for share in numbers if share.url] == [share.count for share in numbers if share.url]
    assert len(found) == 12
    assert all(share.url == "" for share in numbers if not share.count)


def test_the_export_has_a_line_for_each_badge_and_nothing_where_nothing_is_told(administrator, shown):
    response = administrator.get(ADDRESS, {"export": "csv"})

    [heads, *lines] = csv.reader(io.StringIO(response.getvalue().decode("utf-8-sig")))
    assert heads[:5] == ["Badge", "Organization", "Issued", "Delivered", "Letter opened"]
    assert heads[8:10] == ["Delivered (%)", "Letter opened (%)"]
    assert lines == [
        ["Diver", "Academy", "1", "1", "1", "", "0", "1", "100", "100", "", "0", "100"],
        ["Owl", "Academy", "1", "1", "", "1", "", "", "100", "", "100", "", ""],
    ]


def test_the_page_takes_the_same_queries_for_any_number(administrator, shown, badge, django_assert_num_queries):
    for _number in range(3):
        issued_at = timezone.now()
        IssuedBadgeFactory.create(badge=BadgeFactory.create(organization=badge.organization), issued_at=issued_at)

    # Session, person, organization, two of permissions; filters, saved views; two of numbers; badges, and which may be opened.
    with django_assert_num_queries(12):
        administrator.get(ADDRESS)


def test_more_badges_than_a_page_bears_are_in_the_export(administrator, shown, monkeypatch):
    monkeypatch.setattr(page_of_adoption, "BADGES_SHOWN", 1)

    response = administrator.get(ALL)

    assert [str(line.of) for line in response.context["badges"]] == ["Diver"]
    assert "The export has 1 more." in response.text


def test_one_of_many_providers_is_found_by_name(administrator, shown):
    response = administrator.get(ADDRESS, {"suggest": "provider", "provider_named": "x"})

    assert response.status_code == 200


def test_where_nothing_was_issued_the_page_says_what_it_will_show(administrator):
    text = administrator.get(ADDRESS).text

    assert "No badges issued yet." in text
    assert "Here you will see" in text
    assert reverse("badges:adoption") == ADDRESS
    assert not IssuedBadge.objects.exists()
