"""What happened to one person: from every table, in one order, page by page."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from achievements.explaining.access import Asking
from achievements.log.timeline import Kind, Mark, Sources, timeline_of
from achievements.log.withheld import withheld_of
from badges.models import BadgeLetter, Via
from classes.training import record_enrollments
from organizations.models import User
from tests.achievements.log.not_delivered import credly, failed
from tests.factories import (
    PAST,
    AchievementFactory,
    BadgeFactory,
    CourseAssignmentFactory,
    EarnedAchievementFactory,
    EnrollmentFactory,
    InstructorFactory,
    IssuedBadgeFactory,
    LabFactory,
    TrainingRecordFactory,
)

HOUR = dt.timedelta(hours=1)


def sources(person, reader):
    asking = Asking(reader, User.objects.select_related("organization").get(pk=person.pk))
    return Sources(
        records=asking.records,
        enrollments=asking.enrollments,
        assignments=asking.assignments,
        earned=asking.earned,
        issued=asking.issued,
        achievements=asking.achievements,
        withheld=withheld_of(asking.earned, asking.issued, reader, is_own=asking.is_own),
        joined_at=person.date_joined if asking.sees_account else None,
    )


def told(person, reader, **options):
    return timeline_of(person, sources(person, reader), reader, **options)


def words(person, reader):
    return [event.words for event in told(person, reader, lines=50).events]


def origins(person, reader):
    return {event.words: event.origin for event in told(person, reader, lines=50).events}


def link(person, name=""):
    return f'<a href="{reverse("achievements:user", args=[person.pk])}">{name or person}</a>'


@pytest.fixture
def life(world):
    """A badge at a provider whose student answers: issued, delivered, accepted, and revoked again."""
    return IssuedBadgeFactory.create(
        badge=credly(world, name="Elk"),
        student=world.student,
        issued_at=PAST + HOUR,
        delivered_at=PAST + 2 * HOUR,
        status="revoked",
        status_changed_at=PAST + 3 * HOUR,
        revoked_at=PAST + 4 * HOUR,
        revoked_by=world.administrator,
        revocation_reason="By mistake.",
        issued_by=world.instructor,
        via=Via.ROSTER,
        source_id=world.klass.pk,
        source_words=world.klass.name,
    )


def test_the_life_of_a_badge_is_told_from_its_end(world, life):
    told_of = [one for one in words(world.student, world.administrator) if "Elk" in one]

    assert told_of == ["Elk revoked", "Elk delivered", "Elk issued"]


@pytest.mark.parametrize(
    ("status", "word"), [("accepted", "Elk accepted by the student"), ("rejected", "Elk rejected by the student")]
)
def test_what_the_student_answered_is_told_of_who_was_asked(world, status, word):
    answer = {"status": status, "status_changed_at": PAST + HOUR, "student": world.student}
    IssuedBadgeFactory.create(badge=credly(world, name="Elk"), **answer)
    IssuedBadgeFactory.create(badge=BadgeFactory.create(name="Owl", organization=world.academy), **answer)

    told_of = words(world.student, world.administrator)

    assert [one for one in told_of if "by the student" in one] == [word]


def test_where_things_come_from_is_told_with_them(world, life):
    achievement = AchievementFactory.create(name="Finisher", organization=world.academy)
    record = TrainingRecordFactory.create(user=world.student, course__name="Nets")
    EarnedAchievementFactory.create(
        achievement=achievement,
        user=world.student,
        version=2,
        evidence={"counted": 3, "records": [record.pk], "earned": [1]},
    )
    lab = LabFactory.create(name="Firewall", organization=world.academy)
    TrainingRecordFactory.create(
        user=world.student, course=None, lab=lab, source="lab", passed=False, score=3, max_score=7
    )
    IssuedBadgeFactory.create(
        badge__name="Owl",
        badge__organization=world.academy,
        student=world.student,
        via=Via.ACHIEVEMENT,
        source_words="F",
    )

    found = origins(world.student, world.administrator)

    assert found["Elk revoked"] == [f"by {link(world.administrator)}", "By mistake."]
    assert found["Elk issued"] == [f"by {link(world.instructor)}", f"Class roster: {world.klass.name}"]
    assert found["Owl issued"] == ["automatically", "Achievement: F"]
    assert found["Achievement Finisher earned"] == ["conditions version 2", "based on 2 training records"]
    assert found["Nets completed"] == ["Import"]
    assert found["Firewall not passed"] == ["Lab", "score 3 of 7"]


def test_training_of_a_class_names_it_and_what_has_only_begun_is_its_roster(world):
    mine = {"user": world.student, "source": "enrollment", "course": world.course}
    record = TrainingRecordFactory.create(**mine, source_id=str(world.enrollment.pk), completed_at=None)
    begun = words(world.student, world.administrator)
    record.completed_at = PAST + HOUR
    record.save()
    found = origins(world.student, world.administrator)

    assert f"{world.course} started" not in begun
    assert found[f"{world.course} completed"] == [f"Class enrollment: {world.klass.name}"]
    assert found[f"On the roster of {world.klass.name}"] == ["Enrolled"]


@pytest.fixture
def completed(world):
    """World's student has completed the class; the world's contract instructor, who is of elsewhere, said so in Wrap up."""
    set_completion(world, "complete", by=world.contractor, via="wrap_up")
    record_enrollments([world.enrollment])
    return f"{world.course} completed"


def set_completion(world, status, *, by, via):
    line = world.enrollment
    line.completion_status, line.completed_at = status, PAST + HOUR if status == "complete" else None
    line.completion_set_by, line.completion_set_via = by, via
    line.save()


def test_a_completion_says_who_set_it_as_far_as_the_reader_may_know(world, completed):
    """It is named to who administers the class and to who set it, and leads to a page that the reader may open."""
    readers = ("administrator", "contractor", "instructor", "student")
    found = {who: origins(world.student, getattr(world, who))[completed][1:] for who in readers}

    assert found == {
        "administrator": [f"set to Complete by {world.contractor}", "Wrap up"],
        "contractor": [f"set to Complete by {link(world.contractor)}", "Wrap up"],
        "instructor": ["set to Complete", "Wrap up"],
        "student": ["set to Complete", "Wrap up"],
    }


@pytest.mark.parametrize(
    ("status", "via", "said"),
    [
        ("no_show", "roster", ["set to No Show by {}", "Class roster"]),
        ("failed", "import", ["set to Failed by import"]),
        ("failed", "", ["set to Failed"]),  # before it was kept
        ("unknown", "", []),
    ],
)
def test_who_did_not_complete_a_class_has_that_beside_its_roster(world, status, via, said):
    set_completion(world, status, by=world.instructor if via == "roster" else None, via=via)

    found = origins(world.student, world.administrator)[f"On the roster of {world.klass.name}"]

    assert found == ["Enrolled", *(word.format(link(world.instructor)) for word in said)]


def test_a_name_in_a_line_is_text(world, completed):
    User.objects.filter(pk=world.contractor.pk).update(first_name="<b>", last_name="&co")

    found = origins(world.student, world.administrator)[completed]

    assert found[1] == "set to Complete by &lt;b&gt; &amp;co"


def test_what_failed_expired_or_is_withheld_says_why(world):
    User.objects.filter(pk=world.student.pk).update(email="")
    student = User.objects.get(pk=world.student.pk)
    failed(BadgeFactory.create(name="Owl", organization=world.academy), student=student)
    IssuedBadgeFactory.create(badge__name="Elk", badge__organization=world.academy, student=student, expires_at=PAST)
    badge = BadgeFactory.create(name="Fox", organization=world.academy)
    achievement = AchievementFactory.create(name="Finisher", organization=world.academy, badge=badge)
    EarnedAchievementFactory.create(achievement=achievement, user=student)

    found = origins(student, world.administrator)

    assert found["Owl could not be delivered"] == ["No such earner."]
    assert found["Elk expired"] == []
    assert found["Fox withheld"] == ["The student's account has no e-mail address.", "Finisher"]
    assert origins(student, student)["Owl could not be delivered"] == [
        "The badge could not be issued. Ask an administrator."
    ]


@pytest.mark.parametrize(("is_shown", "said"), [(True, "Name shown on Owl"), (False, "Name kept private on Owl")])
def test_the_choice_about_the_name_and_the_letter_are_told(world, is_shown, said):
    badge = BadgeFactory.create(name="Owl", organization=world.academy)
    answer = {"is_name_public": is_shown, "name_decided_at": PAST + 2 * HOUR}
    issued = IssuedBadgeFactory.create(badge=badge, student=world.student, issued_at=PAST, **answer)
    IssuedBadgeFactory.create(badge=BadgeFactory.create(name="Elk", organization=world.academy), student=world.student)
    BadgeLetter.objects.create(issued_badge=issued, sent_at=PAST + HOUR)

    told_of = origins(world.student, world.administrator)

    assert [one for one in words(world.student, world.administrator) if "Owl" in one] == [
        said,
        "E-mail about Owl sent",
        "Owl issued",
    ]
    assert told_of["E-mail about Owl sent"] == [issued.recipient_email]
    assert told_of[said] == ["by the student"]
    assert not [one for one in told_of if "Name" in one and "Elk" in one]


def test_who_did_it_is_told_as_far_as_the_reader_may_know(world, life):
    """The student knows neither; the instructor alone the own press."""
    found = {who: origins(world.student, getattr(world, who))["Elk issued"][:-1] for who in ("student", "instructor")}

    assert found == {"student": [], "instructor": [f"by {link(world.instructor)}"]}


def test_namesakes_are_told_apart(world, life):
    for one in (world.instructor, world.student):
        User.objects.filter(pk=one.pk).update(first_name="Kim", last_name="Twin")
    person = User.objects.get(pk=world.student.pk)

    found = origins(person, world.administrator)

    assert found["Elk issued"][0] == f"by {link(world.instructor, f'Kim Twin ({world.instructor.email})')}"
    assert str(person) == f"Kim Twin ({world.student.email})"


def test_an_instructor_is_told_of_the_own_classes_alone(world, life):
    """And so is whoever administers the class, of somebody of another customer."""
    other = EnrollmentFactory.create(klass__organization=world.academy, student=world.student)
    CourseAssignmentFactory.create(student=world.student, course__name="Secret")
    TrainingRecordFactory.create(user=world.student, course__name="Secret too")
    IssuedBadgeFactory.create(badge__name="Foreign", student=world.student)
    TrainingRecordFactory.create(user=world.guest, course__name="Of partner")

    of_instructor = words(world.student, world.instructor)
    of_outsider = words(world.guest, world.administrator)

    assert of_instructor == ["Elk revoked", "Elk delivered", "Elk issued", f"On the roster of {world.klass.name}"]
    assert of_outsider == [f"On the roster of {world.klass.name}"]
    assert f"On the roster of {other.klass.name}" in words(world.student, world.administrator)


def test_lines_lead_where_the_reader_may_go(world, life, signed_in):
    achievement = AchievementFactory.create(organization=world.academy)
    EarnedAchievementFactory.create(achievement=achievement, user=world.student)
    CourseAssignmentFactory.create(student=world.student, course=world.course)

    for who, least in (("administrator", 6), ("instructor", 2), ("student", 3)):
        reader = getattr(world, who)
        pages = [event.page for event in told(world.student, reader).events if event.page]
        client = signed_in(reader)
        assert {client.get(page).status_code for page in pages} == {200}, who
        assert len(pages) >= least, who


def test_pages_follow_one_another_without_a_gap_also_within_one_moment(world, life):
    for _n in range(7):
        TrainingRecordFactory.create(user=world.student, started_at=PAST, completed_at=PAST + HOUR)
        EarnedAchievementFactory.create(
            achievement__organization=world.academy, user=world.student, earned_at=PAST + HOUR
        )
    everything = told(world.student, world.administrator, lines=100)

    pages, mark = [], None
    while True:
        page = told(world.student, world.administrator, lines=3, before=mark)
        pages.extend(page.events)
        if page.older is None:
            break
        mark = Mark.read(str(page.older))
        assert mark == page.older

    assert everything.older is None
    assert pages == everything.events
    assert len(pages) == 7 + 7 + 3 + 1 + 1  # the roster, and the account


@pytest.mark.parametrize("text", ["", "x", "1", "1-2", "1-2-3-4", "-1-2-3", "9" * 18 + "-1-1", "1-1-" + "9" * 19])
def test_what_is_no_mark_is_none(text):
    assert Mark.read(text) is None


def test_a_mark_says_where_to_go_on():
    mark = Mark(PAST, Kind.ISSUED, 7)

    assert Mark.read(str(mark)) == mark


@pytest.mark.parametrize("rows", [1, 6])
def test_the_queries_do_not_depend_on_how_much_there_is(world, django_assert_num_queries, rows):
    for _row in range(rows):
        IssuedBadgeFactory.create(
            badge=credly(world, name=f"Elk {_row}"),
            student=world.student,
            issued_by=InstructorFactory.create(organization=world.academy),
        )
        EarnedAchievementFactory.create(achievement__organization=world.academy, user=world.student)
        TrainingRecordFactory.create(
            user=world.student, source="enrollment", source_id=f"{world.enrollment.pk + 1000 + _row}"
        )
        CourseAssignmentFactory.create(student=world.student, course=world.course)
        EnrollmentFactory.create(
            klass__organization=world.academy,
            student=world.student,
            completion_status="failed",
            completion_set_by=InstructorFactory.create(organization=world.academy),
            completion_set_via="roster",
        )
    reader = User.objects.get(pk=world.administrator.pk)
    found = sources(world.student, reader)
    reader.has_perm("badges.view_issuedbadge")

    with django_assert_num_queries(10):
        timeline_of(world.student, found, reader, lines=100)


def test_a_person_with_nothing_has_an_account(world):
    nobody = User.objects.get(pk=world.administrator.pk)
    nobody.date_joined = timezone.now()

    assert words(nobody, nobody) == ["Account created"]
