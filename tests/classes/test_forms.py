"""What a roster's requests are turned into, before any rule is asked."""

import datetime as dt
import uuid

import pytest
from django.http import QueryDict
from django.test import RequestFactory
from django.utils import timezone

from classes import forms
from classes.forms import AddStudentsForm, Chosen, ClassFilter, IssueBadgesForm, RosterFilter
from classes.models import Class, Enrollment, Selection
from classes.rosters import Change
from classes.selecting import Edit
from listing.narrowing import filter_of
from organizations.models import User
from tests.factories import BadgeFactory, ClassFactory, EnrollmentFactory, StudentFactory

pytestmark = pytest.mark.django_db

Status, Completion = Enrollment.Status, Enrollment.Completion
HOUR = dt.timedelta(hours=1)


@pytest.mark.parametrize(("wanted", "found"), [("past", ["past"]), ("running", ["now"]), ("to_come", ["next"])])
def test_classes_are_filtered_by_the_clock_of_now(wanted, found):
    now = timezone.now()
    for number, begins in (("past", -3), ("now", -1), ("next", 1)):
        ClassFactory.create(number=number, starts_at=now + begins * HOUR, ends_at=now + (begins + 2) * HOUR)

    rows = ClassFilter(QueryDict(f"when={wanted}"), Class.objects.all()).qs

    assert [klass.number for klass in rows] == found


@pytest.mark.parametrize(("query", "has_others"), [("mine=on", False), ("", True)])
def test_taught_by_me_leaves_the_classes_of_others_out(world, query, has_others):
    other = ClassFactory.create(organization=world.academy)
    request = RequestFactory().get("/")
    vars(request)["user"] = world.instructor

    rows = ClassFilter(QueryDict(query), Class.objects.order_by("pk"), request=request).qs

    assert list(rows) == [world.klass, *[other] * has_others]


@pytest.mark.parametrize("when", ["to_wrap_up", "attention"])
def test_the_classes_to_wrap_up_are_those_of_the_person(world, when):
    now = timezone.now()
    mine, other = (
        ClassFactory.create(organization=world.academy, starts_at=now - 3 * HOUR, ends_at=now - HOUR)
        for _number in range(2)
    )
    mine.instructors.add(world.instructor)
    for klass in (mine, other):
        EnrollmentFactory.create(klass=klass)
    request = RequestFactory().get("/")
    vars(request)["user"] = world.instructor

    rows = ClassFilter(QueryDict(f"when={when}"), Class.objects.all(), request=request).qs

    assert list(rows) == [mine]


@pytest.mark.parametrize(
    ("query", "chips"),
    [
        ("", []),
        ("enrollment=all_but_cancelled", []),
        ("enrollment=all&completion=failed", ["All", "Failed"]),
    ],
)
def test_what_a_roster_begins_with_is_no_filter_to_take_away(query, chips):
    form = RosterFilter(QueryDict(query), Enrollment.objects.all()).form

    found = [filter_of(field, "listing", "/roster/", lambda _ids: QueryDict()) for field in form]

    assert [chip.words for one in found for chip in one.chips] == chips
    assert [one.stands for one in found] == [True, True, False]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [Status.ENROLLED, Status.AUDIT]),
        ("enrollment=all_but_cancelled", [Status.ENROLLED, Status.AUDIT]),
        ("enrollment=all", [Status.ENROLLED, Status.CANCELLED, Status.AUDIT]),
        ("enrollment=cancelled", [Status.CANCELLED]),
        ("enrollment=all&completion=failed", [Status.ENROLLED]),
    ],
)
def test_a_roster_leaves_cancelled_lines_out_until_somebody_asks(query, found):
    for status, completion in (
        (Status.ENROLLED, Completion.FAILED),
        (Status.CANCELLED, Completion.UNKNOWN),
        (Status.AUDIT, Completion.UNKNOWN),
    ):
        EnrollmentFactory.create(enrollment_status=status, completion_status=completion)

    rows = RosterFilter(QueryDict(query), Enrollment.objects.order_by("pk")).qs

    assert [line.enrollment_status for line in rows] == found


def posted(line, **said):
    """A line as the page sends it; what it was is Enrolled and Unknown."""
    said = {"was_enrollment": "enrolled", "was_completion": "unknown"} | said
    return {f"line-{line.pk}-{name}": value for name, value in said.items()}


def query(values):
    data = QueryDict(mutable=True)
    data.update(values)
    return data


def test_only_lines_that_are_named_with_statuses_there_are_ask_for_a_change():
    named, closed, unnamed, nonsense = EnrollmentFactory.create_batch(4)
    data = query(
        posted(named, enrollment="audit", completion="failed") | posted(closed) | posted(nonsense, completion="famous")
    )

    changes = forms.changes_of(data, [named, closed, unnamed, nonsense])

    assert changes == [
        Change(
            named.pk,
            was_enrollment="enrolled",
            was_completion="unknown",
            enrollment_status="audit",
            completion_status="failed",
        ),
        Change(
            closed.pk,
            was_enrollment="enrolled",
            was_completion="unknown",
            enrollment_status="enrolled",
            completion_status="unknown",
        ),
    ]


@pytest.mark.parametrize(
    ("maximum", "begins_with", "free"),
    [(3, Status.ENROLLED, 1), (2, Status.WAIT_LISTED, 0), (1, Status.WAIT_LISTED, 0)],
)
def test_adding_begins_with_enrolled_while_there_is_a_seat(world, maximum, begins_with, free):
    world.klass.max_students = maximum

    status = AddStudentsForm(None, klass=world.klass, user=world.administrator).fields["status"]

    assert status.initial == begins_with
    assert status.help_text == f"Free seats: {free} of {maximum}. Only Enrolled takes one."


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("2026-03-02T09:00:00+00:00", dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)),
        ("yesterday", None),
        ("", None),
        ("\x00", None),
    ],
)
def test_a_moment_of_an_address(word, expected):
    assert forms.moment_of(word) == expected


def test_the_chosen_come_in_the_order_chosen_and_the_missing_are_counted():
    ann, ben = StudentFactory.create_batch(2)

    chosen = Chosen.among(User.objects.exclude(pk=0), [ben.pk, 999_999, ann.pk])

    assert chosen == Chosen([ben, ann], missing=1)


@pytest.fixture
def issuing(world):
    """The form of two badges and both students of the class; what is given changes its selection or what is sent."""
    badges = BadgeFactory.create_batch(2, organization=world.academy)
    students = [world.student.pk, world.guest.pk]

    def form(
        *, badge_ids=None, student_ids=students, data="", not_ready=(), key: object = uuid.uuid4()
    ) -> IssueBadgesForm:
        ids = [badge.pk for badge in badges] if badge_ids is None else badge_ids
        selection = Selection(badge_ids=ids, student_ids=student_ids)
        sent = query({"key": str(key), "not_ready": forms.seen_as(not_ready)})
        sent.update(QueryDict(data))
        return IssueBadgesForm(sent, selection, klass=world.klass, user=world.contractor)

    return form


def test_every_badge_goes_to_every_student(issuing):
    form = issuing()

    assert (form.pairs, form.is_valid(), form.errors) == (4, True, [])


def test_each_thing_that_is_wrong_is_said(issuing):
    form = issuing(badge_ids=[999_998, 999_999], student_ids=[999_999], key="")

    assert not form.is_valid()
    assert form.errors == [
        "2 badges you chose are no longer available. We removed them from the list.",
        "1 student you chose is no longer on your roster. We removed the student from the list.",
        "Add at least one badge.",
        "Add at least one student.",
        "This form was not complete. Review the lists, and press Issue Badges again.",
    ]


def test_badges_of_another_organization_are_missing(issuing, world):
    foreign = BadgeFactory.create(organization=world.outside)

    assert issuing(badge_ids=[foreign.pk]).complain_of_missing() == [
        "1 badge you chose is no longer available. We removed it from the list."
    ]


@pytest.mark.parametrize("are_ready", [0, 1])
def test_that_nothing_is_ready_is_said_only_if_nothing_is(issuing, are_ready):
    form = issuing()
    pairs = [(badge.pk, student.pk) for badge in form.badges.rows for student in form.students.rows]

    form = issuing(not_ready=pairs[are_ready:])

    assert form.is_valid() is bool(are_ready)
    assert form.errors == ["No badge can be issued. See the reasons beside the students."] * (not are_ready)


@pytest.mark.parametrize(("pairs", "is_too_many"), [(20_000, False), (20_001, True)])
def test_what_one_press_may_issue(issuing, pairs, is_too_many):
    form = issuing()
    form.badges, form.students = Chosen([BadgeFactory.build()], 0), Chosen([StudentFactory.build()] * pairs, 0)

    assert form.is_too_many is is_too_many
    assert (forms.too_many() in list(form._complaints())) is is_too_many


def test_a_refused_press_leaves_its_key(issuing):
    form = issuing()

    form.refuse("Try again.")

    assert (form.errors, form.key) == (["Try again."], None)


def edits(form, data):
    """Without those that take off what was missing."""
    return form.edits(QueryDict(data))[2:]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("choose=badges&badges=7&badges=8,9", [Edit(of="badge_ids", chosen=[7, 8, 9])]),
        ("choose=students&students=7", [Edit(of="student_ids", chosen=[7])]),
        ("choose=students", [Edit(of="student_ids", chosen=[])]),
        ("remove=badge-7", [Edit(of="badge_ids", taken_off=[7])]),
        ("remove=student-7", [Edit(of="student_ids", taken_off=[7])]),
        ("remove=badges", [Edit(of="badge_ids", chosen=[])]),
        ("remove=students", [Edit(of="student_ids", chosen=[])]),
        ("remove=nonsense&students=7", []),
        ("", []),
    ],
)
def test_what_a_press_changes(issuing, data, expected):
    assert edits(issuing(), data) == expected


def test_those_who_are_ready_for_nothing_are_taken_off(issuing, world):
    one, other = (badge.pk for badge in issuing().badges.rows)
    seen = [(one, world.guest.pk), (other, world.guest.pk), (one, world.student.pk)]

    assert edits(issuing(not_ready=seen), "remove=not-ready") == [
        Edit(of="student_ids", taken_off=frozenset({world.guest.pk}))
    ]


def test_the_missing_leave_with_the_next_press(issuing, world):
    form = issuing(badge_ids=[999_999], student_ids=[world.student.pk, 999_998])

    assert form.left() == [
        Edit(of="badge_ids", taken_off={999_999}),
        Edit(of="student_ids", taken_off={999_998}),
    ]


def test_nobody_is_never_ready_for_no_badge(world):
    assert forms.never_ready([], [world.student], set()) == frozenset()
