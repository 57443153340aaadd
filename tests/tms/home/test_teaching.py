import datetime as dt

import pytest

from tests.factories import BadgeFactory, ClassFactory, EnrollmentFactory
from tms.home.teaching import TO_WRAP_UP_SHOWN, teaching_of

NOON = dt.datetime(2026, 5, 6, 12, tzinfo=dt.UTC)


def hours(number):
    return NOON + dt.timedelta(hours=number)


def of(person):
    teaching = teaching_of(person, at=NOON)
    assert teaching is not None
    return teaching


def named(world, **classes):
    """Classes of the instructor by name, from and to so many hours from noon."""
    return [
        ClassFactory.create(
            name=name,
            organization=world.academy,
            course=world.course,
            instructors=[world.instructor],
            starts_at=hours(start),
            ends_at=hours(end),
        )
        for name, (start, end) in classes.items()
    ]


def names(classes):
    return [klass.name for klass in classes]


def test_an_instructor_sees_today_s_classes_and_those_to_come(world):
    named(
        world,
        yesterday=(-30, -22),
        over=(-4, -1),
        running=(-1, 3),
        tonight=(6, 8),
        tomorrow=(24, 30),
        spanning=(-40, 2),
    )

    teaching = of(world.instructor)

    assert [(klass.name, vars(klass)["is_running"]) for klass in teaching.today] == [
        ("spanning", True),
        ("over", False),
        ("running", True),
        ("tonight", False),
    ]
    assert names(teaching.to_come) == ["tomorrow"]


@pytest.mark.parametrize(
    ("classes", "following"),
    [
        ({"over": (-4, -1), "running": (-1, 3), "tonight": (6, 8)}, "running"),
        ({"over": (-4, -1), "tonight": (6, 8)}, "tonight"),
        ({"over": (-4, -1), "tomorrow": (24, 30)}, "tomorrow"),
        ({"over": (-4, -1)}, None),
    ],
)
def test_the_next_class_runs_or_begins_next(world, classes, following):
    named(world, **classes)

    found = of(world.instructor).next_class

    assert (found and found.name) == following


def test_a_class_says_how_many_are_enrolled(world):
    klass = ClassFactory.create(
        organization=world.academy, instructors=[world.contractor, world.instructor], starts_at=NOON
    )
    EnrollmentFactory.create_batch(2, klass=klass)
    EnrollmentFactory.create(klass=klass, enrollment_status="cancelled")

    teaching = of(world.contractor)

    assert [(found.pk, vars(found)["enrolled"]) for found in teaching.today] == [(klass.pk, 2)]


def test_what_ended_last_is_wrapped_up_first_and_all_are_counted(world):
    ended = named(world, **{str(number): (-9 - number, -1 - number) for number in range(TO_WRAP_UP_SHOWN + 2)})
    for klass in ended:
        EnrollmentFactory.create(klass=klass)

    teaching = of(world.instructor)

    assert teaching.to_wrap_up == ended[:TO_WRAP_UP_SHOWN]
    assert teaching.to_wrap_up_count == len(ended)


@pytest.mark.parametrize("persona", ["student", "stranger"])
def test_who_opens_no_roster_teaches_nothing(world, persona):
    assert teaching_of(world.personas[persona], at=NOON) is None


@pytest.mark.parametrize("rows", [0, 1, 3])
def test_what_there_is_to_teach_takes_four_queries(world, django_assert_num_queries, rows):
    BadgeFactory.create(organization=world.academy)
    for number in range(rows):
        for klass in named(world, **{f"over {number}": (-9, -1), f"running {number}": (-1, 3)}):
            EnrollmentFactory.create(klass=klass)
    world.instructor.get_all_permissions()

    with django_assert_num_queries(4):
        teaching = of(world.instructor)
        _ = [(klass.course.name, klass.organization.name) for klass in [*teaching.today, *teaching.to_wrap_up]]
