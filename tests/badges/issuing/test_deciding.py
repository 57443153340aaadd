import datetime as dt
import re
import string
import uuid
from functools import partial

import pytest
from django.core.validators import validate_email
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from badges.issuing import (
    Awards,
    GoneError,
    KeyUsedError,
    RefusedAward,
    Source,
    issue_earned,
    issue_many,
    preflight,
)
from badges.issuing.reports import Failure, Pair, Refusal
from badges.models import Badge, BadgeProvider, IssuanceBatch, IssuedBadge, Via
from organizations.models import PLAIN_ADDRESS, User
from tests.factories import (
    PAST,
    BadgeFactory,
    BadgeProviderFactory,
    InstructorFactory,
    IssuedBadgeFactory,
    OrganizationFactory,
    StudentFactory,
)

pytestmark = pytest.mark.django_db

ROSTER = Source(Via.ROSTER, 7, "Class 7")


def issue(badges, students, *, issued_by=None, key=None, at=PAST, refusals=None, leave_out=None):
    issued_by = issued_by or InstructorFactory.create()
    return issue_many(
        badges=badges,
        students=students,
        source=ROSTER,
        organization=issued_by.organization,
        issued_by=issued_by,
        at=at,
        key=key or uuid.uuid4(),
        refusals=refusals,
        leave_out=leave_out,
    )


def pairs_of(report):
    issued = [(pair.badge, pair.student) for pair in report.issued]
    failed = [(failure.pair.badge, failure.pair.student, failure.refusal.code) for failure in report.failed]
    return issued, failed


def test_issue_many_issues_every_badge_to_every_student():
    badges = BadgeFactory.create_batch(2)
    students = StudentFactory.create_batch(2)

    report = issue(badges, students)

    assert pairs_of(report) == ([(badge, student) for badge in badges for student in students], [])
    assert IssuedBadge.objects.count() == 4


def test_issue_many_stores_where_a_badge_came_from():
    badge, student, instructor = BadgeFactory.create(), StudentFactory.create(), InstructorFactory.create()

    report = issue([badge], [student], issued_by=instructor)

    row = IssuedBadge.objects.get()
    assert (row.via, row.source_id, row.source_words) == (Via.ROSTER, 7, "Class 7")
    assert (row.issued_by, row.batch, row.issued_at) == (instructor, report.batch, PAST)
    assert (row.recipient_email, row.evidence) == (student.email, {})


def test_a_badge_of_the_built_in_provider_is_accepted_at_once_and_signed_soon():
    issue([BadgeFactory.create(provider__kind=BadgeProvider.Kind.BUILT_IN)], [StudentFactory.create()])

    row = IssuedBadge.objects.get()
    assert (row.delivery, row.status) == (IssuedBadge.Delivery.PENDING, IssuedBadge.Status.ACCEPTED)
    assert row.delivered_at is None
    assert row.next_attempt_at is not None


def test_a_badge_of_an_outside_provider_is_on_its_way():
    provider = BadgeProviderFactory.create(kind=BadgeProvider.Kind.CREDLY, api_url="https://api.credly.example/v1")

    issue([BadgeFactory.create(provider=provider, provider_template_id="t")], [StudentFactory.create()])

    row = IssuedBadge.objects.get()
    assert (row.delivery, row.status) == (IssuedBadge.Delivery.PENDING, IssuedBadge.Status.PENDING)
    assert row.next_attempt_at is not None


def test_one_failure_never_stops_another():
    badge = BadgeFactory.create()
    holder, other = StudentFactory.create_batch(2)
    IssuedBadgeFactory.create(badge=badge, student=holder)

    report = issue([badge], [holder, other])

    assert pairs_of(report) == ([(badge, other)], [(badge, holder, "already_held")])


def test_a_badge_that_was_not_delivered_is_not_held_but_to_be_retried():
    row = IssuedBadgeFactory.create(delivery="failed", failure_code="refused", failure_message="No such template.")

    report = issue([row.badge], [row.student])

    assert [failure.refusal for failure in report.failed] == [
        Refusal(
            "not_delivered",
            "This badge was already issued to the student but could not be delivered (No such template). Retry the delivery.",
        )
    ]
    assert preflight([row.badge], [row.student]) == {(row.badge.pk, row.student.pk): report.failed[0].refusal}


def test_a_badge_that_its_student_rejected_is_not_called_held():
    row = IssuedBadgeFactory.create(status="rejected")

    report = issue([row.badge], [row.student])

    assert [failure.refusal for failure in report.failed] == [
        Refusal("rejected", "The student rejected this badge. An administrator can revoke it; then issue it again.")
    ]


def test_a_failure_says_why():
    badge = BadgeFactory.create()
    holder = IssuedBadgeFactory.create(badge=badge).student

    report = issue([badge], [holder])

    assert report.failed[0].refusal.message == "The student already has this badge."


@pytest.mark.parametrize(
    ("badge", "student", "code"),
    [
        ({"manual_issuance": False}, {}, "manual_issuance_off"),
        ({"provider__is_enabled": False}, {}, "provider_disabled"),
        ({}, {"email": ""}, "no_email"),
        ({}, {"email": "not an address"}, "bad_email"),
        ({}, {"is_active": False}, "account_closed"),
        ({"provider__kind": "credly", "provider__api_url": "https://api.credly.example/v1"}, {}, "no_template"),
    ],
)
def test_issue_many_refuses(badge, student, code):
    report = issue([BadgeFactory.create(**badge)], [StudentFactory.create(**student)])

    assert [failure.refusal.code for failure in report.failed] == [code]
    assert not IssuedBadge.objects.exists()


def test_the_caller_can_refuse_students_for_reasons_of_its_own():
    badge, student = BadgeFactory.create(), StudentFactory.create()

    report = issue([badge], [student], refusals={student.pk: Refusal("not_enrolled", "Not enrolled any more.")})

    assert [failure.refusal for failure in report.failed] == [Refusal("not_enrolled", "Not enrolled any more.")]


def test_a_revoked_badge_can_be_issued_again():
    revoked = IssuedBadgeFactory.create(status=IssuedBadge.Status.REVOKED, revoked_at=PAST)

    report = issue([revoked.badge], [revoked.student])

    assert len(report.issued) == 1
    assert IssuedBadge.objects.count() == 2


def test_the_same_key_issues_once_and_returns_the_same_report():
    badge, student, instructor, key = (
        BadgeFactory.create(),
        StudentFactory.create(),
        InstructorFactory.create(),
        uuid.uuid4(),
    )
    first = issue([badge], [student], issued_by=instructor, key=key)

    second = issue([badge], [student], issued_by=instructor, key=key)

    assert second == first
    assert (IssuanceBatch.objects.count(), IssuedBadge.objects.count()) == (1, 1)


def test_the_key_of_somebody_else_is_refused():
    badge, student, key = BadgeFactory.create(), StudentFactory.create(), uuid.uuid4()
    issue([badge], [student], key=key)

    with pytest.raises(KeyUsedError):
        issue([badge], [student], key=key)


@pytest.mark.parametrize("other", [Source(Via.ROSTER, 2, "Race"), Source(Via.ASSIGNMENT, 1, "Race")], ids=str)
def test_a_key_never_tells_of_another_place_with_the_same_pairs(other):
    badge, student, instructor = BadgeFactory.create(), StudentFactory.create(), InstructorFactory.create()
    ask = partial(
        issue_many,
        badges=[badge],
        students=[student],
        organization=instructor.organization,
        issued_by=instructor,
        at=PAST,
        key=uuid.uuid4(),
    )
    ask(source=Source(Via.ROSTER, 1, "Race"))

    with pytest.raises(KeyUsedError):
        ask(source=other)


def test_a_key_never_tells_of_other_pairs_than_those_asked_for():
    badge, student, instructor, key = (
        BadgeFactory.create(),
        StudentFactory.create(),
        InstructorFactory.create(),
        uuid.uuid4(),
    )
    issue([badge], [student], issued_by=instructor, key=key)

    with pytest.raises(KeyUsedError):
        issue([BadgeFactory.create()], [student], issued_by=instructor, key=key)
    with pytest.raises(KeyUsedError):
        issue([badge], [StudentFactory.create()], issued_by=instructor, key=key)

    assert IssuedBadge.objects.count() == 1


def test_a_badge_or_student_named_twice_is_one_pair():
    badge, student = BadgeFactory.create(), StudentFactory.create()

    report = issue([badge, badge], [student, student])

    assert pairs_of(report) == ([(badge, student)], [])


def test_what_changed_since_it_was_read_counts():
    badge, off, student = BadgeFactory.create(), BadgeFactory.create(), StudentFactory.create()
    Badge.objects.filter(pk=off.pk).update(manual_issuance=False)
    User.objects.filter(pk=student.pk).update(email="new@example.test")

    report = issue([badge, off], [student])

    assert [failure.refusal.code for failure in report.failed] == ["manual_issuance_off"]
    assert IssuedBadge.objects.get().recipient_email == "new@example.test"


def test_what_was_deleted_since_it_was_read_stops_the_press():
    badge, gone, student = BadgeFactory.create(), BadgeFactory.create(), StudentFactory.create()
    Badge.objects.filter(pk=gone.pk).delete()

    with pytest.raises(GoneError):
        issue([badge, gone], [student])

    assert (IssuanceBatch.objects.count(), IssuedBadge.objects.count()) == (0, 0)


def test_what_is_left_out_is_told_with_its_reason_and_never_tried():
    badges, students = BadgeFactory.create_batch(2), StudentFactory.create_batch(2)
    instructor, key = InstructorFactory.create(), uuid.uuid4()
    (badge, other), (student, held) = badges, students
    reasons = {(badge.pk, held.pk): Refusal("already_held", "It is held."), (other.pk, held.pk): None}
    ask = partial(issue, badges, students, issued_by=instructor, key=key, leave_out=reasons)

    report = ask()

    assert pairs_of(report) == ([(badge, student), (other, student)], [])
    assert report.left_out == [Failure(Pair(badge, held), Refusal("left_out", "It is held."))]
    assert ask() == report
    assert not IssuedBadge.objects.filter(student=held).exists()


def test_many_pairs_take_no_more_queries_than_few(django_assert_num_queries):
    instructor = InstructorFactory.create()
    badges = BadgeFactory.create_batch(5)
    students = StudentFactory.create_batch(200, organization=OrganizationFactory.create(), password="")
    issue(badges[:1], students[:1], issued_by=instructor)
    with CaptureQueriesContext(connection) as few:
        issue(badges[:2], students[:2], issued_by=instructor)

    with django_assert_num_queries(len(few)):
        report = issue(badges, students, issued_by=instructor)

    assert (len(report.issued), len(report.failed)) == (996, 4)


def test_preflight_answers_every_pair_before_anything_is_issued():
    badge, off = BadgeFactory.create(), BadgeFactory.create(manual_issuance=False)
    holder, ready = StudentFactory.create_batch(2)
    IssuedBadgeFactory.create(badge=badge, student=holder)

    refused = preflight([badge, off], [holder, ready])

    assert {key: refusal.code for key, refusal in refused.items()} == {
        (badge.pk, holder.pk): "already_held",
        (off.pk, holder.pk): "manual_issuance_off",
        (off.pk, ready.pk): "manual_issuance_off",
    }
    assert IssuedBadge.objects.count() == 1


def test_what_is_in_one_students_way_or_one_badges_is_in_no_others():
    outside = BadgeProviderFactory.create(kind=BadgeProvider.Kind.CREDLY, api_url="https://api.credly.example/v1")
    sound = BadgeFactory.create(provider=outside, provider_template_id="t")
    empty = BadgeFactory.create(provider=outside)
    closed, ready, nameless = (
        StudentFactory.create(**fields) for fields in ({"is_active": False}, {}, {"last_name": ""})
    )

    refused = preflight([sound, empty], [ready, closed, nameless])

    assert {key: refusal.code for key, refusal in refused.items()} == {
        (sound.pk, closed.pk): "account_closed",
        (sound.pk, nameless.pk): "no_name",
        (empty.pk, ready.pk): "no_template",
        (empty.pk, closed.pk): "no_template",
        (empty.pk, nameless.pk): "no_template",
    }


def test_preflight_says_nothing_of_pairs_that_it_was_not_asked_about():
    badge, student = BadgeFactory.create(), StudentFactory.create()
    IssuedBadgeFactory.create(badge=badge)
    IssuedBadgeFactory.create(student=student)

    assert preflight([badge], [student]) == {}


def test_a_badge_that_is_not_issued_by_hand_says_so():
    badge, student = BadgeFactory.create(manual_issuance=False), StudentFactory.create()

    refusal = Refusal("manual_issuance_off", "Manual issuance is not enabled on this badge.")
    assert preflight([badge], [student]) == {(badge.pk, student.pk): refusal}


def earn(badge, *students, at=PAST):
    with transaction.atomic():
        return issue_earned(awards(badge, *students, at=at), via=Via.ACHIEVEMENT)


def awards(badge, *students, at=PAST) -> Awards:
    select = (
        "SELECT %(award_badge)s::bigint AS badge_id, student_id, %(award_at)s::timestamptz AS at,"
        " '{\"records\": [1]}'::jsonb AS evidence, 3::bigint AS source_id, 'Three courses' AS source_words"
        " FROM unnest(%(award_students)s::bigint[]) AS student_id"
    )
    return Awards(
        select, {"award_badge": badge.pk, "award_at": at, "award_students": [student.pk for student in students]}
    )


def test_issue_earned_dates_the_badge_with_the_moment_it_was_earned():
    badge, student = BadgeFactory.create(manual_issuance=False), StudentFactory.create()
    earned_at = timezone.now() - dt.timedelta(days=900)

    report = earn(badge, student, at=earned_at)

    assert (report.issued, report.failed) == ({3: 1}, [])
    row = IssuedBadge.objects.get()
    assert (row.issued_at, row.via, row.source_words) == (earned_at, Via.ACHIEVEMENT, "Three courses")
    assert (row.issued_by, row.batch, row.evidence) == (None, None, {"records": [1]})


def test_issue_earned_leaves_holders_alone():
    held = IssuedBadgeFactory.create()

    report = earn(held.badge, held.student)

    assert (report.issued, report.failed) == ({}, [])


def test_issue_earned_does_not_bring_back_what_was_revoked():
    revoked = IssuedBadgeFactory.create(status=IssuedBadge.Status.REVOKED, revoked_at=PAST)

    report = earn(revoked.badge, revoked.student)

    assert (report.issued, report.failed) == ({}, [])
    assert IssuedBadge.objects.count() == 1


def test_issue_earned_reports_a_student_without_an_address():
    badge, without, other = BadgeFactory.create(), StudentFactory.create(email=""), StudentFactory.create()

    report = earn(badge, without, other)

    assert report.issued == {3: 1}
    assert report.failed == [RefusedAward(3, without.pk, "no_email", "The student's account has no e-mail address.")]


def test_issue_earned_reports_a_closed_account_and_a_badge_without_its_template():
    closed, other, nameless = (
        StudentFactory.create(**fields) for fields in ({"is_active": False}, {}, {"last_name": ""})
    )
    provider = BadgeProviderFactory.create(kind=BadgeProvider.Kind.CREDLY, api_url="https://api.credly.example/v1")

    reports = [earn(BadgeFactory.create(), closed, other), earn(BadgeFactory.create(provider=provider), other)]
    reports.append(earn(BadgeFactory.create(provider=provider, provider_template_id="t"), nameless))

    assert [report.issued for report in reports] == [{3: 1}, {}, {}]
    assert [[(one.student_id, one.code) for one in report.failed] for report in reports] == [
        [(closed.pk, "account_closed")],
        [(other.pk, "no_template")],
        [(nameless.pk, "no_name")],
    ]


@pytest.mark.parametrize(
    ("email", "is_valid"),
    [
        ("sam@example.test", True),
        ("Sam.O-Neill+badges@sub.example-school.test", True),
        ("o'brien@example.test", True),
        ('"quoted"@example.test', True),
        ("sam@exämple.test", True),
        ("a" * 50 + "@" + "b" * 60 + ".test", True),
        ("sam@localhost", True),
        ("sam@" + "b" * 64 + ".test", False),
        ("sam@example", False),
        ("sam..s@example.test", False),
        ("sam@example.test\n", False),
        ("sam@-example.test", False),
        ("sam", False),
    ],
)
def test_issue_earned_judges_addresses_as_issuing_by_hand_does(email, is_valid):
    badge, student = BadgeFactory.create(), StudentFactory.create(email=email)

    report = earn(badge, student)

    assert (report.issued, [one.code for one in report.failed]) == (({3: 1}, []) if is_valid else ({}, ["bad_email"]))


LETTERS = string.ascii_letters
WORD = st.text(LETTERS + string.digits, min_size=1, max_size=6)


def words(between: str, most: int) -> st.SearchStrategy[str]:
    """Up to `most` words, with one of the characters between each two."""
    more = st.lists(st.tuples(st.sampled_from(between), WORD).map("".join), max_size=most - 1).map("".join)
    return st.tuples(WORD, more).map("".join)


@given(words("._+-", 4), words("-.", 5), st.text(LETTERS, min_size=2, max_size=20))
def test_plain_addresses_are_valid(local, domain, top):
    email = f"{local}@{domain}.{top}"

    assert re.fullmatch(PLAIN_ADDRESS, email)
    validate_email(email)


def test_issue_earned_names_the_provider_that_is_switched_off():
    badge, student = BadgeFactory.create(provider__is_enabled=False), StudentFactory.create()

    report = earn(badge, student)

    assert (report.issued, [one.code for one in report.failed]) == ({}, ["provider_disabled"])


def test_issue_earned_ends_as_the_badge_says():
    badge, student = BadgeFactory.create(valid_days=365), StudentFactory.create()

    earn(badge, student)

    assert IssuedBadge.objects.get().expires_at == PAST + dt.timedelta(days=365)


def test_issue_earned_takes_one_query(django_assert_num_queries):
    badge, students = BadgeFactory.create(), StudentFactory.create_batch(3)

    with transaction.atomic(), django_assert_num_queries(1):
        issue_earned(awards(badge, *students), via=Via.ACHIEVEMENT)


def test_issue_earned_tells_of_each_source_what_came_of_its_awards():
    badge = BadgeFactory.create()
    odd, plain, without, closed = (
        StudentFactory.create(**fields)
        for fields in ({"email": "o'brien@example.test"}, {}, {"email": ""}, {"is_active": False})
    )
    select = """
        SELECT %(award_badge)s::bigint AS badge_id, student_id, %(award_at)s::timestamptz AS at,
            '{"records": [1]}'::jsonb AS evidence, source_id, 'Source ' || source_id AS source_words
        FROM unnest(%(award_students)s::bigint[], %(award_sources)s::bigint[]) AS earned (student_id, source_id)"""
    students = [odd.pk, plain.pk, without.pk, closed.pk]
    sources = {"award_students": students, "award_sources": [3, 4, 3, 4]}

    with transaction.atomic():
        report = issue_earned(
            Awards(select, {"award_badge": badge.pk, "award_at": PAST} | sources), via=Via.ACHIEVEMENT
        )

    codes = {(one.source_id, one.student_id, one.code) for one in report.failed}
    assert (report.awards, report.issued) == ({3: 2, 4: 2}, {3: 1, 4: 1})
    assert codes == {(3, without.pk, "no_email"), (4, closed.pk, "account_closed")}
    assert set(IssuedBadge.objects.values_list("student", "source_id", "source_words", "evidence__records__0")) == {
        (odd.pk, 3, "Source 3", 1),
        (plain.pk, 4, "Source 4", 1),
    }
