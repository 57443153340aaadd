import pytest
from django.urls import reverse

from achievements.models import AchievementChange
from badges.models import IssuedBadge, Via
from organizations.models import User
from organizations.telling_apart import tell_apart
from tests.factories import (
    PAST,
    AchievementFactory,
    BadgeFactory,
    CourseAssignmentFactory,
    EarnedAchievementFactory,
    EnrollmentFactory,
    HoldFactory,
    IssuanceBatchFactory,
    IssuanceItemFactory,
    IssuedBadgeFactory,
    OrganizationFactory,
    StudentFactory,
    SweepFactory,
    SweepProblemFactory,
)

TWIN = {"first_name": "Tom", "last_name": "Twin"}


@pytest.fixture
def twins(world):
    """Two of the academy, and one of elsewhere: all are on the roster."""
    people = [
        StudentFactory.create(organization=world.academy, email="tom1@academy.example", **TWIN),
        StudentFactory.create(
            organization=world.academy, email="", username="tom2", first_name="tom", last_name="TWIN"
        ),
        StudentFactory.create(organization=world.partner, email="tom3@partner.example", **TWIN),
    ]
    for person in people:
        EnrollmentFactory.create(klass=world.klass, student=person)
    return people


def test_beside_equal_names_stands_what_differs(world, twins):
    tell_apart([*twins, world.student], world.administrator)

    assert [str(person) for person in [*twins, world.student]] == [
        "Tom Twin (tom1@academy.example)",
        "tom TWIN (tom2)",
        "Tom Twin (Partner)",
        world.student.get_full_name(),
    ]


def test_one_person_on_several_lines_has_no_namesake(world, twins):
    again = User.objects.get(pk=twins[0].pk)

    tell_apart([twins[0], again], world.administrator)

    assert [str(twins[0]), str(again)] == ["Tom Twin", "Tom Twin"]


@pytest.mark.parametrize(
    ("names", "told"),
    [(("one", "two"), ["Partner, one", "Partner, two"]), (("a@b.example", "two"), ["Partner, 1", "Partner, 2"])],
)
def test_outsiders_of_one_organization_are_told_apart_without_an_address(world, names, told):
    people = [
        StudentFactory.create(organization=world.partner, username=name, email=name if "@" in name else "", **TWIN)
        for name in names
    ]

    tell_apart(people, world.administrator)

    assert [person.differs for person in people] == told


def test_namesakes_on_other_pages_count(world, twins, django_assert_num_queries):
    world.administrator.get_all_permissions()

    with django_assert_num_queries(2):
        tell_apart(twins[:1], world.administrator, among=User.objects.get_queryset())

    assert str(twins[0]) == "Tom Twin (tom1@academy.example)"


@pytest.mark.parametrize(("count", "queries"), [(1, 0), (2, 1), (3, 1)])
def test_more_equal_names_cost_no_more_queries(world, twins, django_assert_num_queries, count, queries):
    world.administrator.get_all_permissions()

    with django_assert_num_queries(queries):
        tell_apart(twins[:count], world.administrator)


def test_an_account_without_a_name_prints_no_address(world):
    person = StudentFactory.create(first_name="", last_name="", username="jane@x.example", email="jane@x.example")

    assert (str(person), person.display_name) == ("jane", "jane")


@pytest.fixture
def page(world, signed_in):
    """The text of a page for the administrator of the academy."""
    client = signed_in(world.administrator)
    return lambda name, *args, **query: client.get(reverse(name, args=args), query).text


@pytest.fixture
def exported(world, signed_in):
    """The text of a page's export for the administrator of the academy."""
    client = signed_in(world.administrator)

    def export(name, *args):
        answer = client.get(reverse(name, args=args), {"export": "csv"})
        return b"".join(answer.streaming_content).decode()

    return export


def told(text):
    return ["Tom Twin (tom1@academy.example)" in text, "tom TWIN (tom2)" in text, "Tom Twin (Partner)" in text]


def test_a_roster_tells_apart_for_screen_readers_too(world, twins, page):
    BadgeFactory.create(organization=world.academy)

    text = page("classes:roster", world.klass.pk)

    assert told(text) == [True] * 3
    assert "Issue a Badge to Tom Twin (tom1@academy.example)" in text
    assert "Completion Status of tom TWIN (tom2)" in text


@pytest.mark.parametrize("name", ["classes:issue_badges", "classes:choose_students"])
def test_issuing_tells_apart(world, twins, page, name):
    badge = BadgeFactory.create(organization=world.academy)
    chosen = {"students": [person.pk for person in twins], "badges": [badge.pk]}

    assert told(page(name, world.klass.pk, **chosen)) == [True] * 3


def test_the_choice_of_one_badge_names_the_one_of_two(world, twins, page):
    BadgeFactory.create(organization=world.academy)
    line = world.klass.enrollments.get(student=twins[1])

    assert "tom TWIN (tom2)" in page("classes:issue_badge", world.klass.pk, line.pk)


def test_a_refusal_in_the_dialog_names_the_one_of_two(world, twins, signed_in):
    held = IssuedBadgeFactory.create(badge__organization=world.academy, student=twins[1])
    line = world.klass.enrollments.get(student=twins[1])
    data = {"badge": held.badge_id, "key": "6c3bb9ab-9a0c-4c0f-a5cf-6a4dd0ae3b31"}

    answer = signed_in(world.administrator).post(reverse("classes:issue_badge", args=[world.klass.pk, line.pk]), data)

    assert "was not issued to tom TWIN (tom2) because of this error" in answer.text


def test_results_tell_apart_what_was_issued_and_what_failed(world, twins, page):
    badge = BadgeFactory.create(organization=world.academy)
    row = IssuedBadgeFactory.create(badge=badge, student=twins[0])
    item = IssuanceItemFactory.create(
        batch__organization=world.academy, badge=badge, student=twins[0], issued_badge=row, code="", message=""
    )
    for person in twins[1:]:
        IssuanceItemFactory.create(batch=item.batch, badge=badge, student=person)

    text = page("badges:issuance", item.batch_id)

    assert told(text) == [True] * 3
    assert "was not issued to Tom Twin (Partner) because of this error" in text


@pytest.mark.parametrize("name", ["badges:issued", "home"])
def test_lists_of_issued_badges_tell_apart(world, twins, page, name):
    for person in twins:
        IssuedBadgeFactory.create(badge__organization=world.academy, student=person)

    assert told(page(name)) == [True] * 3
    assert IssuedBadge.objects.count() == 3


def test_an_achievement_and_what_a_sweep_awarded_tell_apart(world, twins, page, exported):
    run = SweepFactory.create()
    achievement = AchievementFactory.create(organization=world.academy)
    for person in twins:
        EarnedAchievementFactory.create(achievement=achievement, user=person, sweep=run)

    assert told(page("achievements:details", achievement.pk)) == [True] * 3
    assert told(page("achievements:sweep_awards", run.pk)) == [True] * 3
    assert told(exported("achievements:sweep_awards", run.pk)) == [True] * 3


def test_the_problems_of_a_sweep_tell_apart(world, twins, page, exported):
    run = SweepFactory.create()
    achievement = AchievementFactory.create(organization=world.academy)
    for person in twins:
        SweepProblemFactory.create(sweep=run, achievement=achievement, student=person)

    assert told(page("achievements:sweep_problems", run.pk)) == [True] * 3
    assert told(exported("achievements:sweep_problems", run.pk)) == [True] * 3


def test_the_log_tells_apart_who_had_sweeps_run(world, twins, page):
    runs = [SweepFactory.create(started_by=person) for person in twins]

    assert told(page("achievements:sweeps")) == [True, True, False]
    assert "by an administrator" in page("achievements:sweeps")
    # Alone on a page, a name is told as it is.
    assert "by Tom Twin" in " ".join(page("achievements:sweep", runs[0].pk).split())


def test_the_lists_of_issuances_tell_apart_who_issued(world, twins, page, exported):
    for person in twins:
        IssuanceBatchFactory.create(organization=world.academy, source_id=world.klass.pk, issued_by=person)

    assert told(page("badges:issuances")) == [True] * 3
    assert told(exported("badges:issuances")) == [True] * 3
    assert told(page("classes:details", world.klass.pk)) == [True] * 3
    assert told(page("classes:issue_badges", world.klass.pk)) == [True] * 3


def test_former_issuances_of_an_assignment_tell_apart_who_issued(world, twins, page):
    row = CourseAssignmentFactory.create(course=world.course, student=world.student)
    for person in twins:
        IssuanceBatchFactory.create(organization=world.academy, via=Via.ASSIGNMENT, source_id=row.pk, issued_by=person)

    assert told(page("courses:assignment", row.pk)) == [True] * 3


def test_an_issuance_tells_who_issued_apart_from_whom_was_issued_to(world, twins, page, exported):
    batch = IssuanceBatchFactory.create(organization=world.academy, issued_by=twins[0])
    for person in twins[1:]:
        IssuanceItemFactory.create(batch=batch, badge__organization=world.academy, student=person)

    assert told(page("badges:issuance", batch.pk)) == [True] * 3
    assert told(exported("badges:issuance", batch.pk)) == [False, True, True]


def test_an_issued_badge_tells_who_issued_and_who_revoked_it_apart(world, twins, page):
    row = IssuedBadgeFactory.create(
        badge__organization=world.academy,
        student=twins[0],
        issued_by=twins[1],
        revoked_by=twins[2],
        via=Via.ROSTER,
        status="revoked",
        revoked_at=PAST,
    )

    assert told(page("badges:issued_badge", row.pk)) == [True] * 3


def test_held_awards_tell_apart_who_decided(world, twins, page, exported):
    for person in twins:
        HoldFactory.create(achievement__organization=world.academy, decision="discarded", decided_by=person)

    assert told(page("achievements:holds")) == [True] * 3
    assert told(exported("achievements:holds")) == [True] * 3


def test_the_history_of_an_achievement_tells_apart_who_changed_it(world, twins, page, exported):
    achievement = AchievementFactory.create(organization=world.academy)
    for person in twins:
        AchievementChange.objects.create(
            achievement=achievement, version=1, conditions=[], changed_at=PAST, changed_by=person
        )

    assert told(page("achievements:history", achievement.pk)) == [True] * 3
    assert told(exported("achievements:history", achievement.pk)) == [True] * 3


def test_find_users_tells_apart(world, twins, page):
    assert told(page("achievements:users")) == [True, True, False]


def test_the_administration_tells_apart_in_lists(world, twins, page):
    assert told(page("admin:classes_enrollment_changelist")) == [True] * 3


def test_organizations_of_one_name_do_not_hide_what_differs(world):
    elsewhere = OrganizationFactory.create(name="Partner", parent=world.outside)
    people = [
        StudentFactory.create(organization=one, username=f"t{one.pk}", **TWIN) for one in (world.partner, elsewhere)
    ]

    tell_apart(people, world.administrator)

    assert [person.differs for person in people] == [f"Partner, t{person.organization_id}" for person in people]
