import pytest

from badges.models import Badge, IssuedBadge
from classes import rosters
from classes.matrix import (
    CELLS,
    FEWEST_LINES,
    MOST_COLUMNS,
    MOST_LINES,
    Ticks,
    badges_of,
    eligible,
    lines_at_a_time,
    matrix_of,
)
from classes.models import Enrollment
from tests.factories import (
    PAST,
    AchievementFactory,
    BadgeFactory,
    EnrollmentFactory,
    IssuanceBatchFactory,
    IssuanceItemFactory,
    IssuedBadgeFactory,
)


@pytest.fixture
def badge(world):
    """Of the course, and ready for everybody."""
    badge = BadgeFactory.create(organization=world.academy, name="Night Owl")
    world.course.badges.add(badge)
    return badge


def complete(*lines):
    for line in lines:
        line.completion_status, line.completed_at = Enrollment.Completion.COMPLETE, PAST
        line.save()


def matrix(world, ticks=None, *, user=None, chosen=()):
    user = user or world.contractor
    lines = list(rosters.lines(world.klass, user).enrolled().order_by("pk"))
    return matrix_of(world.klass, user, badges_of(world.klass, chosen), lines, ticks)


def told(found):
    """Each cell in a word: ticked, or what is in its way."""
    return [["ticked" if cell.is_ticked else cell.short for cell in row.cells] for row in found.rows]


def course_award(world, badge, *more):
    conditions = [{"Subject": 10, "Count": 1, "CourseIds": [world.course.pk], "Complete": True}, *more]
    AchievementFactory.create(organization=world.academy, badge=badge, conditions=conditions)


def test_the_course_s_badges_come_first_then_those_it_earns_then_those_issued_here_before(world):
    names = ["Associated", "Earned", "Before", "Other", "Elsewhere"]
    associated, earned, before, _other = (BadgeFactory.create(organization=world.academy, name=n) for n in names[:4])
    elsewhere = BadgeFactory.create(organization=world.partner)
    world.course.badges.add(associated, elsewhere)
    course_award(world, earned)
    batch = IssuanceBatchFactory.create(organization=world.academy, source_id=world.klass.pk)
    IssuanceItemFactory.create(batch=batch, badge=before, student=world.student)

    assert badges_of(world.klass, ()) == [associated, earned, before]


def test_a_badge_that_may_not_be_issued_by_hand_is_no_column(world, badge):
    Badge.objects.update(manual_issuance=False)

    assert badges_of(world.klass, ()) == badges_of(world.klass, [badge.pk]) == []


def test_what_somebody_chose_is_shown_in_that_order_and_forged_ids_are_not(world, badge):
    other, strange = BadgeFactory.create(organization=world.academy), BadgeFactory.create(organization=world.partner)

    assert badges_of(world.klass, [other.pk, strange.pk, badge.pk, 0]) == [other, badge]


def test_no_more_badges_are_shown_than_a_page_holds(world):
    many = BadgeFactory.create_batch(MOST_COLUMNS + 1, organization=world.academy)
    world.course.badges.set(many)

    assert len(badges_of(world.klass, ())) == 6
    assert len(badges_of(world.klass, [badge.pk for badge in many])) == MOST_COLUMNS


@pytest.mark.parametrize(
    ("columns", "lines"), [(0, MOST_LINES), (3, MOST_LINES), (20, CELLS // 20), (40, FEWEST_LINES)]
)
def test_the_more_badges_the_fewer_lines(columns, lines):
    assert lines_at_a_time(columns) == lines


def test_badges_of_the_course_are_proposed_to_who_is_complete(world, badge):
    other = BadgeFactory.create(organization=world.academy)
    complete(world.enrollment)

    assert told(matrix(world, chosen=[badge.pk, other.pk])) == [["ticked", ""], ["", ""]]


def test_what_comes_automatically_is_not_ticked(world, badge):
    course_award(world, badge)
    complete(world.enrollment, world.guest_enrollment)

    found = matrix(world)

    assert told(found) == [[""], ["ticked"]]  # the guest's organization does not earn it
    assert [cell.comes for cell in found.cells] == [True, False]
    assert (found.columns[0].comes, found.columns[0].ready) == (1, 2)


@pytest.mark.parametrize("completion", [one for one in Enrollment.Completion if one != Enrollment.Completion.COMPLETE])
def test_who_has_not_completed_can_be_given_a_badge_and_is_not_ready_for_it(world, badge, completion):
    complete(world.enrollment)
    Enrollment.objects.filter(pk=world.guest_enrollment.pk).update(completion_status=completion)
    guest = badge.pk, world.guest.pk

    proposed, given = matrix(world), matrix(world, Ticks({guest}, [badge.pk]))

    assert [(cell.is_ready, cell.refusal) for cell in proposed.cells] == [(True, None), (False, None)]
    assert (told(proposed), told(given)) == ([["ticked"], [""]], [[""], ["ticked"]])
    for found, is_ticked in ((proposed, True), (given, False)):
        assert (found.ready, found.columns[0].ready, found.columns[0].is_ticked) == (1, 1, is_ticked)


def test_where_nobody_has_completed_nothing_is_ready_and_all_can_be_given(world, badge):
    found = matrix(world)

    [column] = found.columns
    assert (found.ready, found.can_be_given) == (column.ready, column.can_be_given) == (0, True)
    assert not column.is_ticked


def test_what_was_ticked_takes_the_place_of_what_is_proposed(world, badge):
    complete(world.enrollment)

    found = matrix(world, Ticks({(badge.pk, world.guest.pk)}, [badge.pk]))

    assert told(found) == [[""], ["ticked"]]


def test_of_badges_that_were_not_shown_and_of_completions_that_were_changed_the_proposal_counts(world, badge):
    new = BadgeFactory.create(organization=world.academy)
    world.course.badges.add(new)
    complete(world.enrollment)
    chosen = [badge.pk, new.pk]

    assert told(matrix(world, Ticks((), [badge.pk]), chosen=chosen)) == [["", "ticked"], ["", ""]]
    renewed = Ticks({(badge.pk, world.guest.pk)}, chosen, [world.student.pk, world.guest.pk])
    assert told(matrix(world, renewed, chosen=chosen)) == [["ticked", "ticked"], ["", ""]]


def test_who_was_selected_is_proposed_the_course_s_badges_also_before_completing(world, badge):
    other = BadgeFactory.create(organization=world.academy)
    ticks = Ticks({(other.pk, world.guest.pk)}, [badge.pk, other.pk], selected=[world.student.pk])

    assert told(matrix(world, ticks, chosen=[badge.pk, other.pk])) == [["ticked", ""], ["", "ticked"]]


def test_what_is_held_or_refused_is_never_ticked(world, badge):
    complete(world.enrollment, world.guest_enrollment)
    IssuedBadgeFactory.create(badge=badge, student=world.student)
    world.guest.email = ""
    world.guest.save()

    found = matrix(world, Ticks({(badge.pk, world.student.pk), (badge.pk, world.guest.pk)}, [badge.pk]))

    assert told(found) == [["Held"], ["No e-mail"]]
    assert [cell.is_held for cell in found.cells] == [True, False]
    assert ([cell.student for cell in found.refused], found.ready) == ([world.guest], 0)


def test_reasons_are_told_once_for_all_badges_of_a_student(world, badge):
    other = BadgeFactory.create(organization=world.academy)
    world.guest.email = ""
    world.guest.save()

    [reason] = matrix(world, chosen=[badge.pk, other.pk]).reasons

    assert (reason.student, reason.badges, reason.repair) == (world.guest, [badge, other], "")
    assert reason.message == "The student's account has no e-mail address."


def test_the_numbers_of_the_button_are_those_of_the_ticks(world, badge):
    other = BadgeFactory.create(organization=world.academy)
    chosen = [badge.pk, other.pk]
    ticks = Ticks({(badge.pk, world.student.pk), (other.pk, world.student.pk)}, chosen)

    found = matrix(world, ticks, chosen=chosen)

    assert (len(found.ticked), found.receiving, found.ready) == (2, 1, 0)


def test_every_reason_of_issuing_has_its_word(world, badge):
    failed = IssuedBadgeFactory.create(badge=badge, student=world.student, delivery=IssuedBadge.Delivery.FAILED)
    IssuedBadgeFactory.create(badge=badge, student=world.guest, status=IssuedBadge.Status.REJECTED)

    assert told(matrix(world)) == [["Not delivered"], ["Rejected"]]
    failed.delete()


def test_what_is_left_out_is_told_of_the_badges_that_were_chosen_or_proposed_or_given(world, badge):
    chosen, given, idle = BadgeFactory.create_batch(3, organization=world.academy)
    course_award(world, chosen)
    complete(world.enrollment)
    IssuedBadgeFactory.create(badge=badge, student=world.student)
    pairs = {(given.pk, world.student.pk)}

    found = matrix(world, chosen=[badge.pk, chosen.pk, given.pk, idle.pk]).left_out(pairs, [chosen.pk])

    incomplete = "The student has not completed this class: Unknown."
    assert {key: refusal.message for key, refusal in found.items()} == {
        (badge.pk, world.student.pk): "The student already has this badge.",
        (badge.pk, world.guest.pk): incomplete,
        (chosen.pk, world.student.pk): "An achievement gives this badge automatically.",
        (chosen.pk, world.guest.pk): incomplete,
        (given.pk, world.guest.pk): incomplete,
    }


def test_what_a_person_has_unticked_is_no_reason(world, badge):
    complete(world.enrollment, world.guest_enrollment)

    assert matrix(world).left_out({(badge.pk, world.guest.pk)}, []) == {}


@pytest.mark.parametrize("number", [1, 30])
def test_the_number_of_queries_is_the_same_for_any_size(world, badge, number, django_assert_num_queries):
    EnrollmentFactory.create_batch(number, klass=world.klass)
    world.course.badges.add(*BadgeFactory.create_batch(number, organization=world.academy))
    course_award(world, badge)
    lines = list(rosters.lines(world.klass, world.contractor).enrolled())
    badges = badges_of(world.klass, ())

    with django_assert_num_queries(4):  # preflight, who is Enrolled still, achievements, the tree
        matrix_of(world.klass, world.contractor, badges, lines)


def test_who_is_complete_and_could_get_a_badge_of_the_course_is_eligible(world, badge):
    other = BadgeFactory.create(organization=world.academy)  # of no course: nobody is proposed it
    assert eligible(world.klass, world.contractor) == set()
    complete(world.enrollment, world.guest_enrollment)

    assert eligible(world.klass, world.contractor) == {world.student.pk, world.guest.pk}
    assert eligible(world.klass, world.instructor) == {world.student.pk}
    IssuedBadgeFactory.create(badge=badge, student=world.student)
    IssuedBadgeFactory.create(badge=other, student=world.guest)
    assert eligible(world.klass, world.contractor) == {world.guest.pk}
    world.guest.email = ""
    world.guest.save()
    assert eligible(world.klass, world.contractor) == set()


def test_who_is_eligible_is_who_the_page_has_ready_and_unticked_by_nobody(world, badge):
    automatic, held, off = (BadgeFactory.create(organization=world.academy) for _badge in range(3))
    Badge.objects.filter(pk=off.pk).update(manual_issuance=False)
    world.course.badges.add(automatic, held, off)
    course_award(world, automatic)
    lines = EnrollmentFactory.create_batch(4, klass=world.klass, student__organization=world.academy)
    complete(world.enrollment, *lines[:3])
    for given, line in ((badge, lines[0]), (held, lines[0]), (badge, lines[1])):
        IssuedBadgeFactory.create(badge=given, student=line.student)
    lines[2].student.email = ""
    lines[2].student.save()

    found = matrix(world, user=world.administrator)

    proposed = {cell.student.pk for cell in found.cells if cell.is_ready and cell.is_proposed}
    assert eligible(world.klass, world.administrator) == proposed == {world.student.pk, lines[1].student_id}


def test_who_gets_the_badge_automatically_or_is_not_enrolled_any_more_is_not_eligible(world, badge):
    complete(world.enrollment, world.guest_enrollment)
    Enrollment.objects.filter(pk=world.guest_enrollment.pk).update(
        enrollment_status="cancelled", completion_status="unknown", completed_at=None
    )
    assert eligible(world.klass, world.contractor) == {world.student.pk}

    course_award(world, badge)

    assert eligible(world.klass, world.contractor) == set()


@pytest.mark.parametrize("number", [1, 12])
def test_who_is_eligible_takes_as_many_queries_for_any_size(world, badge, number, django_assert_num_queries):
    world.course.badges.add(*BadgeFactory.create_batch(number, organization=world.academy))
    complete(*EnrollmentFactory.create_batch(number, klass=world.klass))

    with django_assert_num_queries(6):
        found = eligible(world.klass, world.administrator)

    assert len(found) == number
