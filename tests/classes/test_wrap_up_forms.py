import uuid

import pytest
from django.http import QueryDict

from classes.models import Enrollment
from classes.wrap_up_forms import WrapUpForm
from tests.factories import BadgeFactory

Completion = Enrollment.Completion


@pytest.fixture
def badge(world):
    return BadgeFactory.create(organization=world.academy)


def form(world, user=None, **fields):
    data = QueryDict(mutable=True)
    for name, value in fields.items():
        data.setlist(name, value if isinstance(value, list) else [str(value)])
    return WrapUpForm(data, klass=world.klass, user=user or world.contractor)


def line(world, enrollment, completion, was=Completion.UNKNOWN):
    name = f"line-{enrollment.pk}-"
    return {f"{name}was_enrollment": "enrolled", f"{name}was_completion": was, f"{name}completion": completion}


def test_pairs_are_those_that_are_ticked(world, badge):
    sent = form(world, give=[f"{badge.pk}-{world.student.pk}", f"{badge.pk}-{world.guest.pk}", "x", "1-2-3"])

    assert sent.pairs == {(badge.pk, world.student.pk), (badge.pk, world.guest.pk)}
    assert list(sent.badges().rows) == [badge]
    assert list(sent.students().rows) == [world.student, world.guest]


def test_badges_stand_in_the_order_of_the_page(world, badge):
    other = BadgeFactory.create(organization=world.academy)
    give = [f"{one.pk}-{world.student.pk}" for one in (badge, other)]

    assert list(form(world, give=give, columns=f"{other.pk},{badge.pk}").badges().rows) == [other, badge]
    assert list(form(world, give=give).badges().rows) == [badge, other]


def test_what_is_out_of_reach_is_told_and_refused(world, badge):
    strange = BadgeFactory.create(organization=world.partner)
    give = [f"{one.pk}-{student.pk}" for one in (badge, strange) for student in (world.student, world.guest)]
    sent = form(world, world.instructor, give=give, key=uuid.uuid4())

    assert sent.complain(sent.badges(), sent.students())
    assert sent.errors == [
        "1 badge you chose is no longer available. We removed it from the list.",
        "1 student you chose is no longer on your roster. We removed the student from the list.",
    ]


@pytest.mark.parametrize(
    ("give", "key", "errors"),
    [
        (True, uuid.uuid4(), []),
        (False, uuid.uuid4(), ["Tick at least one badge."]),
        (True, "nonsense", ["This form was not complete. Check the ticks, and press the button again."]),
    ],
)
def test_without_ticks_or_key_it_is_refused(world, badge, give, key, errors):
    sent = form(world, give=[f"{badge.pk}-{world.student.pk}"] if give else [], key=key)

    assert (sent.complain(sent.badges(), sent.students()), sent.errors) == (bool(errors), errors)


def test_a_refusal_ends_the_key(world):
    sent = form(world, key=uuid.uuid4())

    sent.refuse("No.")

    assert (sent.errors, sent.key) == (["No."], None)


def test_choices_are_kept_of_a_line_that_is_refused_or_was_not_saved_yet_and_not_changed_since(world):
    sent = form(world, **line(world, world.enrollment, Completion.FAILED))
    assert sent.choices_of(world.enrollment) is sent.data
    assert sent.choices_of(world.guest_enrollment) is None

    world.enrollment.completion_status = Completion.COMPLETE
    assert sent.choices_of(world.enrollment) is None
    sent.refuse("No.")
    assert sent.choices_of(world.enrollment) is sent.data


def test_changes_are_those_that_differ_of_lines_in_sight(world):
    fields = line(world, world.enrollment, Completion.COMPLETE) | line(world, world.guest_enrollment, Completion.FAILED)

    changes = form(world, world.instructor, **fields, **{"line-x-completion": "complete", "line-0": "1"}).changes()

    assert [(one.enrollment_id, one.completion_status) for one in changes] == [(world.enrollment.pk, "complete")]
    assert form(world, **line(world, world.enrollment, Completion.UNKNOWN)).changes() == []


def test_a_list_is_matched_with_answers_among_who_is_enrolled_in_sight(world):
    world.guest.first_name, world.guest.last_name = "Moana", "Horomona"
    world.guest.save()
    fields = {"list": "Moanna Horomona", "meant": [f"{world.guest.pk}:Moanna Horomona", "nonsense"]}

    assert [one.key for one in form(world, **fields).matches().found] == [world.guest.pk]
    assert form(world, world.instructor, **fields).matches().unknown == ["Moanna Horomona"]
    assert [one.keys for one in form(world, list="Moanna Horomona").matches().asked] == [(world.guest.pk,)]


def test_ticks_say_what_the_page_showed(world, badge):
    sent = form(world, give=[f"{badge.pk}-{world.student.pk}"], columns=f"{badge.pk},nonsense")

    ticks = sent.ticks({world.guest.pk})

    assert (ticks.given, ticks.seen, ticks.renewed) == ({(badge.pk, world.student.pk)}, [badge.pk], {world.guest.pk})
