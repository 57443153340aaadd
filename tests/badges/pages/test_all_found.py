"""All that Find Issued Badges finds, on every page of it, retried or revoked with one press."""

import re

import pytest
from django.urls import reverse

from badges.models import IssuedBadge
from listing.chosen import MOST_AT_ONCE
from tests.badges.pages.issued_pages import failed, said
from tests.factories import PAST, BadgeFactory, IssuedBadgeFactory

LIST = "/badges/issued/"


def everything(act, query="", **body):
    return {
        "path": f"{reverse(f'badges:{act}')}?{query}",
        "data": {"all_found": "1", "next": f"{LIST}?{query}", **body},
    }


@pytest.fixture
def found(world, badge):
    """More than a page of failed badges; besides them what a search for failed ones does not find, or may not."""
    IssuedBadgeFactory.create(badge=badge)
    foreign = failed(BadgeFactory.create(), student=world.student)
    out_of_sight = failed(BadgeFactory.create())
    return [failed(badge) for _ in range(12)], foreign, out_of_sight


def test_the_list_offers_all_that_is_found_on_all_its_pages(found, administrator):
    page = administrator.get(LIST, {"status": "retriable", "per_page": "10", "sort": "student"})

    assert len(page.context["listing"].page) == 10
    assert "All 13 found" in page.text
    for act in ("retry", "revoke"):
        address = f"{reverse(f'badges:{act}')}?status=retriable&amp;per_page=10&amp;sort=student"
        assert f'formaction="{address}"' in page.text


def test_all_that_is_found_is_retried_over_pages_and_nothing_else(found, administrator):
    rows, foreign, _out_of_sight = found

    response = administrator.post(**everything("retry", "status=retriable&per_page=10&page=2"), follow=True)

    assert set(IssuedBadge.objects.filter(delivery="pending")) == set(rows)
    assert said(response)[0].startswith("12 badges are on their way to their providers again.")
    reason = f"The badge belongs to {foreign.badge.organization}, which you do not manage."
    assert said(response)[1:] == [f"Not retried: {foreign.badge} – {foreign.student}. {reason}"]


def test_all_that_is_found_is_revoked_after_a_page_that_has_the_ids_in_its_body(found, administrator):
    rows, foreign, _out_of_sight = found

    page = administrator.post(**everything("revoke", "status=retriable&per_page=10"))
    ids = page.context["ids"]
    later = failed(rows[0].badge)
    report = administrator.post(reverse("badges:revoke"), {"issued": ids, "reason": "Wrong class."})

    assert (page.status_code, page.context["count"], page.context["kept"][0].issued) == (200, 12, foreign)
    assert f'<input type="hidden" name="issued" value="{ids}">' in page.text
    assert set(report.context["rows"]) == set(IssuedBadge.objects.filter(revoked_at__isnull=False)) == set(rows)
    assert [kept.issued for kept in report.context["kept"]] == [foreign]
    later.refresh_from_db()
    assert later.revoked_at is None


@pytest.mark.parametrize("act", ["retry", "revoke"])
@pytest.mark.parametrize("query", ["q=nobody", "status=nonsense", "provider=99999999"])
def test_all_of_nothing_is_refused_in_words(found, administrator, act, query):
    response = administrator.post(**everything(act, query), follow=True)

    assert said(response) == ["Select at least one badge."]
    assert response.redirect_chain == [(f"{LIST}?{query}", 302)]
    assert not IssuedBadge.objects.filter(delivery="pending").exists()


def test_a_list_of_one_offers_nothing_more(badge, administrator):
    failed(badge)

    assert "data-all-found" not in administrator.get(LIST).text


def test_more_than_one_press_takes_is_said_before_it(world, badge, administrator):
    fields = {"badge": badge, "student": world.student, "provider": badge.provider, "issued_at": PAST}
    rows = [IssuedBadge(**fields, status="revoked", revoked_at=PAST) for _ in range(MOST_AT_ONCE + 1)]
    IssuedBadge.objects.bulk_create(rows)

    page = administrator.get(LIST).text
    response = administrator.post(**everything("revoke"), follow=True)

    assert "At most 10,000 at a time: search to choose all that is found." in page
    assert "data-all-found" not in page
    assert said(response) == ["Select at most 20,000 badges at a time."]


def test_of_many_that_are_left_some_are_named_and_the_rest_counted(badge, administrator):
    fine = IssuedBadgeFactory.create_batch(23, badge=badge)

    response = administrator.post(
        reverse("badges:retry"), {"issued": ",".join(str(row.pk) for row in fine)}, follow=True
    )

    (words,) = said(response)
    assert words.count("Diver – ") == 20
    assert words.endswith("; and 3 more. The delivery has not failed.")


@pytest.mark.parametrize("rows", [1, 30])
def test_retrying_takes_the_same_queries_for_any_number(badge, administrator, django_assert_num_queries, rows):
    for _ in range(rows):
        failed(badge)

    # session, person, organization, 2 of permissions; found, rows, which may be; savepoint, locked, 2 written, released
    with django_assert_num_queries(13):
        administrator.post(**everything("retry", "status=retriable"))


@pytest.mark.parametrize("rows", [1, 30])
def test_revoking_takes_the_same_queries_for_any_number(badge, administrator, django_assert_num_queries, rows):
    issued = IssuedBadgeFactory.create_batch(rows, badge=badge)
    body = {"issued": ",".join(str(row.pk) for row in issued), "reason": "Wrong class."}

    # session, person, organization, 2 of permissions; rows, managed; savepoint, locked, written, released
    with django_assert_num_queries(12):
        administrator.post(reverse("badges:revoke"), body)


def test_the_pages_of_a_revocation_list_a_hundred_and_count_the_rest(badge, administrator):
    issued = IssuedBadgeFactory.create_batch(103, badge=badge)
    revoked = IssuedBadgeFactory.create_batch(101, badge=badge, status="revoked", revoked_at=PAST)
    ids = ",".join(str(row.pk) for row in [*issued, *revoked])

    pages = [administrator.post(reverse("badges:revoke"), {"issued": ids} | more) for more in ({}, {"reason": "Why."})]

    lefts = [[page.context[name] for name in ("rows_left", "kept_left")] for page in pages]
    assert [page.context["count"] for page in pages] == [103, 103]
    assert [[left["count"] for left in both] for both in lefts] == [[3, 1], [3, 1]]
    found = [[administrator.get(left["address"]).context["listing"].page for left in both] for both in lefts]
    assert (
        [[{row.pk for row in page} for page in both] for both in found]
        == [
            [{row.pk for row in issued[:3]}, {revoked[0].pk}],  # as in the list: the newest first
            [{row.pk for row in issued[100:]}, {revoked[0].pk}],  # as they were revoked
        ]
    )
    for page, heading in zip(pages, ("Revoke 103 badges", "103 badges were revoked"), strict=True):
        assert heading in page.text
        assert re.findall(r">\s*And (\d) more\s*</a>", page.text) == ["3", "1"]
        assert page.text.count('<div class="with-art">') == 200


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_that_asks_for_a_reason_goes_back_to_the_list_as_it_was(badge, administrator, rows):
    issued = [IssuedBadgeFactory.create(badge=badge) for _ in range(rows)]

    page = administrator.post(reverse("badges:revoke"), {"issued": [row.pk for row in issued], "next": f"{LIST}?q=di"})

    assert f'<a class="button" href="{LIST}?q=di">Cancel</a>' in page.text
