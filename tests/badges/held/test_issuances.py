"""The lasting page of one press of Issue Badges: who may open it, how far it is, Retry failed, the export."""

import datetime as dt

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from badges.held.issuances import SHOWN, former_from, origin_of
from badges.held.results import LATER, SOON, results_of
from badges.issuing.reports import LINES_SHOWN, Pair, outcome_of, report_of
from badges.models import IssuanceBatch, IssuedBadge, Via
from tests.factories import (
    PAST,
    BadgeFactory,
    CourseAssignmentFactory,
    IssuanceBatchFactory,
    IssuanceItemFactory,
    IssuedBadgeFactory,
    StudentFactory,
    UserFactory,
)

NOT_YET = {"delivered_at": None, "status": "pending"}


@pytest.fixture
def badge(world):
    return BadgeFactory.create(name="Diver", organization=world.academy)


@pytest.fixture
def administrator(world, signed_in):
    return signed_in(world.administrator)


@pytest.fixture
def manager_without_role(world, signed_in):
    """Manages the academy, but nobody gave the account a role."""
    return signed_in(UserFactory.create(organization=world.academy, manages=[world.academy]))


@pytest.fixture
def batch(world, badge):
    batch = IssuanceBatchFactory.create(organization=world.academy, issued_by=world.instructor, via=Via.ASSIGNMENT)
    IssuanceItemFactory.create(batch=batch, badge=badge, student=world.student)
    return batch


def add(batch, badge, **fields):
    """One more pair of the batch that was issued; the fields say where it stands."""
    row = IssuedBadgeFactory.create(badge=badge, batch=batch, via=batch.via, **fields)
    IssuanceItemFactory.create(batch=batch, badge=badge, student=row.student, issued_badge=row, code="", message="")
    return row


def page_of(batch):
    return reverse("badges:issuance", args=[batch.pk])


def retry_of(batch):
    return reverse("badges:retry_issuance", args=[batch.pk])


@pytest.mark.parametrize(
    ("persona", "status"),
    [("administrator", 200), ("instructor", 200), ("contractor", 404), ("student", 404), ("stranger", 404)],
)
def test_an_issuance_is_for_who_pressed_it_and_administrators(world, batch, signed_in, persona, status):
    response = signed_in(getattr(world, persona)).get(reverse("badges:issuance", args=[batch.pk]))

    assert response.status_code == status


def test_an_issuance_of_others_needs_the_permission(batch, manager_without_role):
    response = manager_without_role.get(reverse("badges:issuance", args=[batch.pk]))

    assert response.status_code == 403


def test_an_issuance_of_one_s_own_needs_a_permission_to_issue(world, batch, signed_in):
    world.instructor.groups.clear()

    response = signed_in(world.instructor).get(reverse("badges:issuance", args=[batch.pk]))

    assert response.status_code == 403


@pytest.mark.parametrize("permission", ["classes.issue_badges", "courses.issue_badges_in_assignments"])
def test_either_permission_to_issue_opens_an_issuance_of_one_s_own(world, batch, signed_in, permission):
    world.instructor.groups.clear()
    world.instructor.user_permissions.add(Permission.objects.get(codename=permission.partition(".")[2]))

    response = signed_in(world.instructor).get(reverse("badges:issuance", args=[batch.pk]))

    assert response.status_code == 200


def test_an_issuance_says_what_failed_and_why(batch, administrator, world):
    response = administrator.get(reverse("badges:issuance", args=[batch.pk]))

    assert [failure.sentence for failure in response.context["outcome"].failed] == [
        f"Badge: Diver was not issued to {world.student} because of this error: Refused."
    ]


def test_the_provider_s_refusals_are_among_the_failures(batch, badge, administrator):
    issued = add(batch, badge)
    add(batch, badge, delivery="failed", failure_code="refused", failure_message="No such template", **NOT_YET)
    add(batch, badge, failure_code="already_held", failure_message="Recipient email already has this badge")

    report = report_of(batch)

    assert report.issued == [Pair(badge, issued.student)]
    assert [failure.refusal.code for failure in report.failed] == ["already_held", "refused", "already_held"]
    assert report.failed[1].sentence == (
        f"Badge: Diver was not issued to {report.failed[1].pair.student} because of this error: No such template"
    )


def test_the_page_counts_every_pair_once(world, batch, badge):
    add(batch, badge)
    for delivery in ("pending", "sending", "uncertain"):
        add(batch, badge, delivery=delivery, **NOT_YET)
    add(batch, badge, delivery="failed", failure_code="refused", failure_message="No", **NOT_YET)
    add(batch, badge, failure_code="already_held", failure_message="Held")
    add(batch, badge, status="revoked", revoked_at=PAST, delivery="failed", failure_code="refused")
    add(batch, badge, status="revoked", revoked_at=PAST, delivery="cancelled")

    outcome = outcome_of(batch, world.administrator)

    progress = outcome.progress
    assert (progress.asked, progress.delivered, progress.on_its_way, progress.failed, progress.revoked) == (
        9,
        1,
        3,
        3,
        2,
    )
    assert (progress.settled, progress.is_settled) == (6, False)
    assert (len(outcome.issued), len(outcome.failed), len(outcome.revoked)) == (4, 3, 2)


def test_a_long_list_is_cut_and_says_how_much_is_left(batch, badge, administrator):
    students = StudentFactory.create_batch(LINES_SHOWN + 2, password="", organization=badge.organization)
    for student in students:
        IssuanceItemFactory.create(batch=batch, badge=badge, student=student)

    response = administrator.get(page_of(batch))

    outcome = response.context["outcome"]
    assert (len(outcome.failed), outcome.failed_left) == (LINES_SHOWN, 3)
    assert "And 3 more. The export lists all of them." in response.text


def test_the_page_looks_again_while_a_provider_has_not_answered(batch, badge, administrator):
    IssuanceBatch.objects.update(created_at=timezone.now())
    row = add(batch, badge, delivery="pending", **NOT_YET)

    waiting = administrator.get(page_of(batch)).text
    IssuedBadge.objects.filter(pk=row.pk).update(delivery="delivered")
    settled = administrator.get(page_of(batch)).text

    assert ('hx-trigger="every 2s"' in waiting, 'hx-trigger="every 2s"' in settled) == (True, False)
    assert "1 badge is on its way" in waiting
    assert "Every provider has answered." in settled


def test_an_old_issuance_is_looked_at_less_often(batch, badge, world):
    at = batch.created_at

    seconds = [results_of(batch, world.instructor, at=at + dt.timedelta(minutes=n))["seconds"] for n in (9, 11)]

    assert seconds == [SOON, LATER]


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

    with django_assert_num_queries(13):  # session, person, organization, 2 of permissions; batch twice; results' six
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
        "There is nothing to retry: no delivery of this issuance has failed (any more)."
    ]


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
        "\ufeffStudent,E-mail address,Badge,Delivery,Issued Status,Failure",
        f"{world.student},{world.student.email},Diver,Not issued,,Refused.",
        "'=1+1,a@example.test,Diver,Delivered,Accepted,",
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


# Where former ones are found again


def made_from(world, via, source_id, **fields):
    fields = {"issued_by": world.instructor, "organization": world.academy} | fields
    return IssuanceBatchFactory.create(via=via, source_id=source_id, **fields)


def test_the_issuances_of_a_class_are_found_on_its_page_the_newest_first(world, badge, signed_in):
    old = made_from(world, Via.ROSTER, world.klass.pk)
    new = made_from(world, Via.ROSTER, world.klass.pk, created_at=PAST + dt.timedelta(days=1))
    made_from(world, Via.ROSTER, world.klass.pk, issued_by=world.contractor)
    made_from(world, Via.ASSIGNMENT, world.klass.pk)
    add(new, badge)
    add(new, badge, delivery="failed", failure_code="refused", failure_message="No", **NOT_YET)
    client = signed_in(world.instructor)

    pages = [client.get(reverse(f"classes:{name}", args=[world.klass.pk])) for name in ("details", "issue_badges")]

    found = [[(one.pk, one.asked, one.failed) for one in page.context["former"].newest] for page in pages]
    assert found == [[(new.pk, 2, 1), (old.pk, 0, 0)]] * 2
    assert [page_of(new) in page.text for page in pages] == [True, True]


def test_a_student_of_the_class_finds_no_issuance_on_its_page(world, signed_in):
    made_from(world, Via.ROSTER, world.klass.pk)

    page = signed_in(world.student).get(reverse("classes:details", args=[world.klass.pk]))

    assert "Former issuances" not in page.text


def test_the_issuances_of_an_assignment_are_found_on_its_page(world, badge, signed_in):
    assignment = CourseAssignmentFactory.create(student=world.student, course=world.course)
    batch = made_from(world, Via.ASSIGNMENT, assignment.pk, issued_by=world.administrator)
    add(batch, badge, student=world.student)
    address = reverse("courses:assignment", args=[assignment.pk])

    own, other = (signed_in(person).get(address) for person in (world.student, world.administrator))

    assert (own.context["former"].newest, other.context["former"].newest) == ([], [batch])


def test_the_class_lists_some_and_the_list_has_all(world, administrator, django_assert_num_queries):
    for _ in range(SHOWN + 1):
        made_from(world, Via.ROSTER, world.klass.pk)
    made_from(world, Via.ROSTER, world.klass.pk + 1)

    with django_assert_num_queries(3):  # 2 of permissions, once; and the issuances
        former = former_from(Via.ROSTER, world.klass.pk, world.administrator)
    found = administrator.get(former.address_of_all).context["listing"]

    assert (len(former.newest), found.count) == (SHOWN, SHOWN + 1)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_of_issuances_takes_the_same_queries_for_any_number(
    world, badge, administrator, django_assert_num_queries, rows
):
    for _ in range(rows):
        add(made_from(world, Via.ROSTER, world.klass.pk), badge)

    with django_assert_num_queries(7):
        response = administrator.get(reverse("badges:issuances"))

    assert response.context["listing"].count == rows


def test_an_instructor_s_list_has_the_own_issuances_alone(world, signed_in):
    mine = made_from(world, Via.ROSTER, world.klass.pk)
    made_from(world, Via.ROSTER, world.klass.pk, issued_by=world.contractor)

    found = signed_in(world.instructor).get(reverse("badges:issuances"), {"q": world.instructor.last_name})

    assert list(found.context["listing"].page) == [mine]


def test_the_page_of_an_issuance_leads_back_to_where_it_was_made(world, badge, signed_in):
    assignment = CourseAssignmentFactory.create(student=world.student, course=world.course)
    issued = IssuedBadgeFactory.create(badge=badge, student=world.student, status="revoked", revoked_at=PAST)
    of_class = made_from(world, Via.ROSTER, world.klass.pk)
    of_assignment = made_from(world, Via.ASSIGNMENT, assignment.pk)
    of_badge = made_from(world, Via.ADMIN, issued.pk)
    add(of_assignment, badge, student=world.student)

    origins = [origin_of(batch, world.administrator) for batch in (of_class, of_assignment, of_badge)]

    addresses = [
        f"/classes/{world.klass.pk}/",
        reverse("courses:assignment", args=[assignment.pk]),
        f"/badges/issued/{issued.pk}/",
    ]
    assert [origin.address for origin in origins if origin] == addresses
    assert f'href="{addresses[0]}">{world.klass.name}</a>' in signed_in(world.instructor).get(page_of(of_class)).text


def test_no_way_back_is_shown_to_who_may_not_go_it(world, badge):
    assignment = CourseAssignmentFactory.create(student=world.student, course=world.course)
    batch = made_from(world, Via.ASSIGNMENT, assignment.pk)
    add(batch, badge, student=world.student)

    gone = made_from(world, Via.ROSTER, 10**9)

    assert (origin_of(batch, world.instructor), origin_of(gone, world.administrator)) == (None, None)
