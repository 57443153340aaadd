"""The page of one issuance and the list of them: what they show, Retry failed, the export."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from badges.issuing.reports import LINES_SHOWN
from badges.models import IssuanceBatch, IssuedBadge, Via
from tests.badges.batches import NOT_YET, add, made_from, page_of
from tests.factories import (
    PAST,
    IssuanceItemFactory,
    StudentFactory,
)


def retry_of(batch):
    return reverse("badges:retry_issuance", args=[batch.pk])


def test_an_issuance_says_what_failed_and_why(batch, administrator, world):
    response = administrator.get(reverse("badges:issuance", args=[batch.pk]))

    assert [failure.sentence for failure in response.context["outcome"].failed] == [
        f"Badge: Diver was not issued to {world.student} because of this error: Refused."
    ]


def test_a_long_list_has_pages(batch, badge, administrator):
    students = StudentFactory.create_batch(LINES_SHOWN + 2, password="", organization=badge.organization)
    for student in students:
        IssuanceItemFactory.create(batch=batch, badge=badge, student=student)

    first, second, beyond, nonsense = (
        administrator.get(page_of(batch), {"failed": number}) for number in ("1", "2", "99", "\0x")
    )

    shown = [[failure.pair.student for failure in page.context["outcome"].failed] for page in (first, second)]
    assert [len(lines) for lines in shown] == [LINES_SHOWN, 3]
    assert set(shown[0]) | set(shown[1]) >= set(students)
    assert [page.context["outcome"].failed.number for page in (beyond, nonsense)] == [2, 1]
    assert ("1–200 of 203" in first.text, "201–203 of 203" in second.text) == (True, True)
    assert ('href="?failed=2#failed-heading"' in first.text, 'href="?failed=1#failed-heading"' in second.text) == (
        True,
        True,
    )


def test_the_page_looks_again_while_a_provider_has_not_answered(world, badge, administrator):
    batch = made_from(world, Via.ROSTER, 7, created_at=timezone.now())
    row = add(batch, badge, delivery="pending", **NOT_YET)

    waiting = administrator.get(page_of(batch)).text
    IssuedBadge.objects.filter(pk=row.pk).update(delivery="delivered")
    settled = administrator.get(page_of(batch)).text

    assert ('hx-trigger="every 2s"' in waiting, 'hx-trigger="every 2s"' in settled) == (True, False)
    assert "1 badge is on its way" in waiting
    assert "All done." in settled


def test_a_failure_is_no_success(world, badge, administrator):
    batch = made_from(world, Via.ROSTER, 7)
    add(batch, badge, delivery="failed", failure_code="refused", **NOT_YET)

    failed = administrator.get(page_of(batch)).text
    add(batch, badge)
    mixed = administrator.get(page_of(batch)).text

    assert ("1 of 1 failed." in failed, "1 of 2 failed." in mixed) == (True, True)
    assert ('max="1" value="0"' in failed, 'max="2" value="1"' in mixed) == (True, True)
    assert "All done." not in failed + mixed


def test_htmx_is_given_the_results_alone(batch, administrator):
    response = administrator.get(page_of(batch), headers={"HX-Request": "true"})

    assert response.text.strip().startswith('<section class="stack" id="results"')


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_takes_the_same_queries_for_one_pair_and_for_three(
    batch, badge, administrator, django_assert_num_queries, rows
):
    for _ in range(rows):
        add(batch, badge)
        add(batch, badge, delivery="failed", failure_code="refused", failure_message="No", **NOT_YET)
        add(batch, badge, status="revoked", revoked_at=PAST)

    with django_assert_num_queries(15):  # session, person, organization, 2 of permissions; batch twice; results' six
        administrator.get(page_of(batch))


def test_retry_failed_sends_what_failed_on_its_way_again(world, batch, badge, signed_in):
    failed = add(batch, badge, delivery="failed", failure_code="refused", failure_message="No", **NOT_YET)
    revoked = add(batch, badge, delivery="failed", status="revoked", revoked_at=PAST)
    IssuedBadge.objects.update(via=Via.ROSTER)

    response = signed_in(world.instructor).post(retry_of(batch), follow=True)

    failed.refresh_from_db()
    revoked.refresh_from_db()
    assert (failed.delivery, failed.failure_message, revoked.delivery) == ("pending", "", "failed")
    assert [str(message) for message in response.context["messages"]] == [
        "1 badge is on its way to its provider again."
    ]


def test_retry_failed_a_second_time_says_that_nothing_has_failed(batch, administrator):
    response = administrator.post(retry_of(batch), follow=True)

    assert [str(message) for message in response.context["messages"]] == [
        "Nothing to retry: no delivery of this issuance has failed."
    ]


def test_retry_failed_tells_people_of_one_name_apart(batch, badge, administrator):
    twins = {
        "first_name": "Kim",
        "last_name": "Twin",
        "is_active": False,
        "email": "",
        "organization": badge.organization,
    }
    for name in ("kim1", "kim2"):
        twin = StudentFactory.create(username=name, **twins)
        add(batch, badge, delivery="failed", external_id="", sent_at=None, student=twin, **NOT_YET)

    response = administrator.post(retry_of(batch), follow=True)

    (words,) = [str(message) for message in response.context["messages"]]
    assert words.startswith("Not retried: Diver – Kim Twin (kim1); Diver – Kim Twin (kim2). ")


def test_retry_failed_goes_back_to_the_page_it_was_pressed_on(batch, administrator):
    assert (
        administrator.post(retry_of(batch), {"next": "/classes/7/issued/"})["Location"] == "/classes/7/issued/#results"
    )
    assert administrator.post(retry_of(batch), {"next": "//elsewhere.example/"})["Location"] == page_of(batch)


def test_retry_failed_is_offered_to_those_who_may(world, batch, badge, signed_in):
    add(batch, badge, delivery="failed", failure_code="refused", failure_message="No", **NOT_YET)
    IssuanceBatch.objects.update(via=Via.ROSTER)
    IssuedBadge.objects.update(via=Via.ROSTER)

    offered = {}
    for persona in ("administrator", "instructor"):
        offered[persona] = "Retry failed" in signed_in(getattr(world, persona)).get(page_of(batch)).text

    assert offered == {"administrator": True, "instructor": True}


def test_the_export_lists_every_pair_and_runs_no_formula(world, batch, badge, administrator):
    student = StudentFactory.create(first_name="=1+1", last_name="", organization=world.academy, email="a@example.test")
    add(batch, badge, student=student)

    response = administrator.get(page_of(batch), {"export": "csv"})

    assert response.getvalue().decode().splitlines() == [
        "\ufeffStudent,E-mail address,Badge,Issued Status,Failure",
        f"{world.student},{world.student.email},Diver,Not issued,Refused.",
        "'=1+1,a@example.test,Diver,Accepted,",
    ]


def test_the_export_takes_the_same_queries_for_any_number_of_pairs(batch, badge, administrator):
    def queries():
        with CaptureQueriesContext(connection) as counted:
            administrator.get(page_of(batch), {"export": "csv"}).getvalue()
        return len(counted)

    few = queries()
    for _ in range(3):
        add(batch, badge)

    assert queries() == few


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_of_issuances_takes_the_same_queries_for_any_number(
    world, badge, administrator, django_assert_num_queries, rows
):
    for _ in range(rows):
        add(made_from(world, Via.ROSTER, world.klass.pk), badge)

    with django_assert_num_queries(10):
        response = administrator.get(reverse("badges:issuances"))

    assert response.context["listing"].count == rows


def test_an_instructor_s_list_has_the_own_issuances_alone(world, signed_in):
    mine = made_from(world, Via.ROSTER, world.klass.pk)
    made_from(world, Via.ROSTER, world.klass.pk, issued_by=world.contractor)

    found = signed_in(world.instructor).get(reverse("badges:issuances"), {"q": world.instructor.last_name})

    assert list(found.context["listing"].page) == [mine]
