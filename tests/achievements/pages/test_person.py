"""The page of one person: who opens it, what each reader finds there, and what is repaired in place."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from achievements.pages.views.person import HELD
from achievements.sweep import sweeper
from badges.models import IssuedBadge, Via
from operation.models import SweepHint
from organizations.models import Organization, User
from tests.achievements.log.not_delivered import credly, failed
from tests.achievements.pages.reading import messages_of, page
from tests.factories import (
    PAST,
    AchievementFactory,
    BadgeFactory,
    ClassFactory,
    CourseAssignmentFactory,
    CourseFactory,
    CourseTagFactory,
    EarnedAchievementFactory,
    EnrollmentFactory,
    IssuedBadgeFactory,
    LabFactory,
    StudentFactory,
    TrainingRecordFactory,
    UserFactory,
)


@pytest.fixture
def manager_without_role(world):
    """Manages the academy, but nobody gave the account a role."""
    return UserFactory.create(organization=world.academy, manages=[world.academy])


def opened(client: Any, person: User) -> Any:
    return client.get(page("user", person.pk))


@pytest.mark.parametrize(
    ("persona", "of_student", "of_guest"),
    [
        ("administrator", 200, 200),
        ("instructor", 200, 404),
        ("contractor", 200, 200),
        ("student", 200, 404),
        ("stranger", 404, 404),
    ],
)
def test_it_is_open_to_the_person_to_administrators_and_to_who_opens_a_roster(
    world, signed_in, persona, of_student, of_guest
):
    client = signed_in(getattr(world, persona))

    assert [opened(client, who).status_code for who in (world.student, world.guest)] == [of_student, of_guest]


@pytest.mark.parametrize(
    ("permission", "status"), [(None, 403), ("view_user", 200), ("view_earnedachievement", 200), ("view_badge", 403)]
)
def test_who_administers_needs_a_permission_too(world, manager_without_role, signed_in, permission, status):
    if permission:
        manager_without_role.user_permissions.add(Permission.objects.get(codename=permission))

    assert opened(signed_in(manager_without_role), world.student).status_code == status


def test_the_address_from_before_leads_to_it(world, signed_in):
    for who, status in ((world.administrator, 302), (world.instructor, 302), (world.stranger, 404)):
        assert signed_in(who).get(page("of", world.student.pk)).status_code == status

    response = signed_in(world.administrator).get(page("of", world.student.pk))
    assert response["Location"] == page("user", world.student.pk)


def test_it_has_what_is_held_and_where_more_is_said_of_it(world, administrator):
    badge = BadgeFactory.create(name="Owl", organization=world.academy)
    held = IssuedBadgeFactory.create(badge=badge, student=world.student)
    IssuedBadgeFactory.create(badge=credly(world, name="Elk"), student=world.student, status="pending", external_id="x")

    text = opened(administrator, world.student).text

    assert f'href="{reverse("badges:issued_badge", args=[held.pk])}"' in text
    assert f'href="{reverse("badges:badge_page", args=[held.public_id])}"' in text
    assert f"Waiting for {world.student}" in text
    assert "2 badges" in text


def test_the_newest_of_many_badges_are_in_sight_and_the_others_one_press_away(world, administrator):
    for number in range(HELD + 2):
        badge = BadgeFactory.create(name=f"Owl {number}", organization=world.academy)
        moment = PAST + dt.timedelta(days=number)
        IssuedBadgeFactory.create(badge=badge, student=world.student, issued_at=moment)

    response = opened(administrator, world.student)

    assert [row.badge.name for row in response.context["held_before"]] == ["Owl 1", "Owl 0"]
    assert len(response.context["held"]) == HELD
    assert "2 earlier badges" in response.text
    assert all(f"Owl {number}<" in response.text for number in range(HELD + 2))


def test_one_reads_the_own_page_in_the_second_person(world, signed_in):
    IssuedBadgeFactory.create(badge=credly(world, name="Elk"), student=world.student, status="pending")

    text = opened(signed_in(world.student), world.student).text

    assert "Waiting for you" in text
    assert "Issue a Badge" not in text


def test_an_instructor_finds_what_the_classes_have_to_do_with(world, signed_in):
    """The badges that the roster shows, the achievements to ask about, the training in classes of the own roster."""
    User.objects.filter(pk=world.student.pk).update(username="hidden-name")
    foreign = BadgeFactory.create(name="Foreign badge", organization=world.outside)
    IssuedBadgeFactory.create(badge=foreign, student=world.student)
    IssuedBadgeFactory.create(badge=BadgeFactory.create(name="Owl", organization=world.umbrella), student=world.student)
    EarnedAchievementFactory.create(
        achievement__name="Foreign achievement", achievement__organization=world.outside, user=world.student
    )
    EarnedAchievementFactory.create(
        achievement__name="Finisher", achievement__organization=world.academy, user=world.student
    )
    other = ClassFactory.create(name="Class of others", organization=world.academy)
    EnrollmentFactory.create(klass=other, student=world.student)
    TrainingRecordFactory.create(user=world.student, course__name="Secret Course")

    pages = {who: opened(signed_in(getattr(world, who)), world.student).text for who in ("instructor", "administrator")}

    of_classes, of_others = ("Owl", "Finisher", world.klass.name), ("Foreign badge", "Foreign achievement", other.name)
    assert [name in pages["instructor"] for name in (*of_classes, *of_others, "Secret Course")] == [True] * 3 + [
        False
    ] * 4
    assert [name in pages["administrator"] for name in (*of_classes, *of_others, "Secret Course")] == [True] * 7
    assert ["hidden-name" in text for text in pages.values()] == [False, True]


def test_who_administers_the_class_finds_of_an_outsider_what_belongs_to_it(world, administrator):
    """The guest's own organization is another customer."""
    IssuedBadgeFactory.create(
        badge=BadgeFactory.create(name="Of partner", organization=world.partner), student=world.guest
    )
    IssuedBadgeFactory.create(badge=BadgeFactory.create(name="Owl", organization=world.academy), student=world.guest)
    TrainingRecordFactory.create(user=world.guest, course__name="Course of partner")

    text = opened(administrator, world.guest).text

    assert [name in text for name in ("Owl", world.klass.name, "Of partner", "Course of partner")] == [
        True,
        True,
        False,
        False,
    ]
    assert world.guest.email not in text


def test_achievements_are_hidden_while_the_person_takes_no_part(world, administrator, achievement):
    EarnedAchievementFactory.create(achievement=achievement, user=world.student)
    before = opened(administrator, world.student).text
    User.objects.filter(pk=world.student.pk).update(participates_in_achievements=False)
    after = opened(administrator, world.student).text
    Organization.objects.filter(pk=world.academy.pk).update(achievements_enabled=False)
    off = opened(administrator, world.student).text

    assert [achievement.name in text for text in (before, after, off)] == [True, False, False]
    assert f"{world.student} does not take part in achievements." in after
    assert "Academy does not use achievements." in off


def test_the_nearest_in_reach_stand_there_and_a_link_to_all(world, administrator):
    for n in range(1, 8):
        conditions = [{"Subject": 10, "Count": n + 1, "Complete": True}]
        AchievementFactory.create(name=f"Goal {n}", organization=world.academy, conditions=conditions)
    TrainingRecordFactory.create(user=world.student, course=world.course)

    response = opened(administrator, world.student)

    assert [goal.achievement.name for goal in response.context["goals"]] == [f"Goal {n}" for n in range(1, 6)]
    assert "2 more to earn" in response.text


@pytest.fixture
def waiting(world):
    """A student without an address who has earned two badges."""
    User.objects.filter(pk=world.student.pk).update(email="")
    for name in ("Owl", "Elk"):
        badge = BadgeFactory.create(name=name, organization=world.academy)
        achievement = AchievementFactory.create(name=f"For {name}", organization=world.academy, badge=badge)
        EarnedAchievementFactory.create(achievement=achievement, user=world.student)
    world.student.refresh_from_db()
    return world.student


def test_an_address_is_given_in_place_and_the_badges_follow(waiting, administrator):
    before = opened(administrator, waiting)
    after = administrator.post(page("address", waiting.pk), {"email": "there@example.test"}, follow=True)
    sweeper.drain(at=timezone.now())

    assert "2 badges wait for an e-mail address." in before.text
    assert "Save and issue 2" in before.text
    assert messages_of(after) == ["The e-mail address was saved. 2 badges are issued within seconds."]
    assert IssuedBadge.objects.filter(student=waiting, via=Via.ACHIEVEMENT).count() == 2
    assert opened(administrator, waiting).context["withheld"] == []


def test_an_address_is_given_by_the_rules_of_the_administration(world, waiting, administrator):
    taken = administrator.post(page("address", waiting.pk), {"email": world.instructor.email})
    foreign = administrator.post(page("address", waiting.pk), {"email": world.stranger.email})
    nonsense = administrator.post(page("address", waiting.pk), {"email": "nonsense"})

    assert [response.status_code for response in (taken, foreign, nonsense)] == [422] * 3
    assert "Another account has this e-mail address." in taken.text
    assert "Another account has this e-mail address." not in foreign.text
    assert "This e-mail address cannot be used. Enter another one." in foreign.text
    waiting.refresh_from_db()
    assert (waiting.email, SweepHint.objects.filter(student_id=waiting.pk).exists()) == ("", False)


def test_the_history_of_the_account_has_the_new_address(world, waiting, administrator):
    administrator.post(page("address", waiting.pk), {"email": "there@example.test"})

    [entry] = LogEntry.objects.filter(object_id=str(waiting.pk))
    assert (entry.user, entry.get_change_message()) == (world.administrator, "Changed E-mail address.")


@pytest.mark.parametrize("who", ["instructor", "student"])
def test_who_may_not_change_the_account_is_told_whom_to_ask(world, waiting, signed_in, who):
    client = signed_in(getattr(world, who))

    text = opened(client, waiting).text

    assert "2 badges wait for an e-mail address." in text
    assert "Save and issue" not in text
    assert client.post(page("address", waiting.pk), {"email": "there@example.test"}).status_code == 403


def test_a_failed_delivery_is_retried_in_place(world, administrator, signed_in):
    row = failed(BadgeFactory.create(name="Owl", organization=world.academy), student=world.student)
    retry = {"issued": row.pk, "next": page("user", world.student.pk)}

    shown = {who: opened(signed_in(getattr(world, who)), world.student).text for who in ("administrator", "student")}
    response = administrator.post(reverse("badges:retry"), retry)

    assert [("No such earner." in text, reverse("badges:retry") in text) for text in shown.values()] == [
        (True, True),
        (False, False),
    ]
    assert "The badge could not be issued. Ask an administrator." in shown["student"]
    assert response["Location"] == page("user", world.student.pk)
    row.refresh_from_db()
    assert row.delivery != "failed"


def test_a_badge_is_issued_from_where_the_reader_may(world, administrator, signed_in):
    BadgeFactory.create(organization=world.academy)
    one = opened(signed_in(world.instructor), world.student)
    assignment = CourseAssignmentFactory.create(student=world.student, course=world.course)
    two = opened(administrator, world.student)

    from_class = reverse("classes:issue_badge", args=[world.klass.pk, world.enrollment.pk])
    from_assignment = reverse("courses:issue_badge", args=[assignment.pk])
    assert [door.address for door in one.context["doors"]] == [from_class]
    assert {door.address for door in two.context["doors"]} == {from_class, from_assignment}
    for door in two.context["doors"]:
        assert f'href="{door.address}?next={page("user", world.student.pk)}"' in two.text
        assert administrator.get(door.address).status_code == 200


def test_namesakes_are_told_apart_by_their_addresses(world, administrator):
    twin = StudentFactory.create(
        organization=world.academy, first_name=world.student.first_name, last_name=world.student.last_name
    )

    pages = [opened(administrator, one).text for one in (world.student, twin)]

    assert [world.student.email.split("@")[0] in text for text in pages] == [True, False]


def test_what_leads_on_remembers_the_roster(world, signed_in, achievement):
    EarnedAchievementFactory.create(achievement=achievement, user=world.student)
    client = signed_in(world.instructor)

    text = client.get(page("user", world.student.pk), {"roster": world.klass.pk}).text

    why = reverse("achievements:why", args=[achievement.pk, world.student.pk])
    assert f'href="{why}?roster={world.klass.pk}"' in text
    assert f'href="{reverse("classes:roster", args=[world.klass.pk])}"' in text


def rows_of(world, student, *, rows):
    """So many of everything."""
    for _row in range(rows):
        course = CourseFactory.create(organization=world.academy)
        tag = CourseTagFactory.create(organization=world.academy)
        lab = LabFactory.create(organization=world.academy)
        other = AchievementFactory.create(organization=world.academy, is_enabled=False)
        conditions = [
            {"Subject": 20, "Count": 9, "CourseIds": [course.pk], "CourseTagIds": [tag.pk]},
            {"Subject": 0, "Count": 1, "LabProfileIds": [lab.pk]},
            {"Subject": 40, "Count": 1, "AchievementIds": [other.pk]},
        ]
        AchievementFactory.create(organization=world.academy, conditions=conditions)
        badge = BadgeFactory.create(organization=world.academy)
        EarnedAchievementFactory.create(achievement__organization=world.academy, achievement__badge=badge, user=student)
        failed(BadgeFactory.create(organization=world.academy), student=student)
        EnrollmentFactory.create(klass__organization=world.academy, student=student)
        CourseAssignmentFactory.create(student=student, course=course)
        TrainingRecordFactory.create(user=student, course=None, lab=lab)
    IssuedBadgeFactory.create_batch(rows, student=student, issued_by=world.instructor, expires_at=PAST)


@pytest.mark.parametrize("rows", [10, 14])
@pytest.mark.parametrize(("persona", "queries"), [("administrator", 44), ("instructor", 32)])
def test_the_number_of_queries_does_not_depend_on_how_much_there_is(
    world, signed_in, django_assert_num_queries, persona, queries, rows
):
    User.objects.filter(pk=world.student.pk).update(email="")
    rows_of(world, world.student, rows=rows)
    client = signed_in(getattr(world, persona))

    with django_assert_num_queries(queries):
        opened(client, world.student)


def test_the_timeline_goes_on_below_and_on_a_page_of_its_own(world, administrator):
    for n in range(25):
        TrainingRecordFactory.create(user=world.student, course__name=f"Course-{n:02}", started_at=PAST)

    first = opened(administrator, world.student)
    second = administrator.get(f"{page('timeline', world.student.pk)}?before={first.context['timeline'].older}")

    told = [len(response.context["timeline"].events) for response in (first, second)]
    assert told == [10, 17]  # and with the roster and the account it ends
    assert ["Show older" in response.text for response in (first, second)] == [True, False]


@pytest.mark.parametrize("before", ["x", "", "1-2", "9" * 30, "1-99-1"])
def test_a_mark_that_is_none_begins_at_the_top(world, administrator, before):
    assert administrator.get(page("timeline", world.student.pk), {"before": before}).status_code == 200


def test_a_badge_that_is_asked_about_is_explained_on_the_page(world, administrator, signed_in):
    badge = BadgeFactory.create(name="By hand", organization=world.academy)
    client = signed_in(world.instructor)

    asked = {"badge": badge.pk}
    pages = [
        client.get(page("user", world.student.pk), asked),
        administrator.get(page("user", world.student.pk), asked),
    ]

    for response in pages:
        assert "Only an instructor or an administrator can give it." in response.text
        assert str(world.instructor) in response.text.split('id="another"')[1]
        assert "Issue it" in response.text


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"badge_named": "badge-3"}, "Several have this in their names. Choose one."),
        ({"badge_named": "nowhere"}, "Nothing has this name."),
        ({"badge_named": "Badge-07"}, "Only an instructor or an administrator can give it."),
        ({"badge": "0"}, "Select a valid choice."),
        ({"badge": "x"}, "Select a valid choice."),
    ],
)
def test_one_of_many_badges_is_found_by_its_name(world, administrator, query, said):
    for n in range(40):
        BadgeFactory.create(name=f"Badge-{n:02}", organization=world.academy)

    assert said in administrator.get(page("user", world.student.pk), query).text


def test_a_badge_of_somebody_else_cannot_be_asked_about(world, administrator):
    foreign = BadgeFactory.create(name="Foreign badge", organization=world.outside)

    response = administrator.get(page("user", world.student.pk), {"badge": foreign.pk})

    assert (response.context["lack"], "Foreign badge" in response.text) == (None, False)


@pytest.mark.parametrize("htmx", [True, False])
def test_after_issuing_one_is_back_on_the_page(world, signed_in, htmx):
    badge = BadgeFactory.create(name="Owl", organization=world.academy)
    client, here = signed_in(world.instructor), page("user", world.student.pk)
    [door] = opened(client, world.student).context["doors"]
    headers = {"HX-Request": "true"} if htmx else {}

    form = client.get(f"{door.address}?next={here}", headers=headers)
    pressed = {"badge": badge.pk, "key": str(uuid.uuid4()), "next": here}
    answer = client.post(door.address, pressed, headers=headers)

    assert f'<input type="hidden" name="next" value="{here}">' in form.text
    assert answer.headers["HX-Redirect" if htmx else "Location"] == here
    assert messages_of(client.get(here)) == [f"Successfully Issued Badge: Owl to {world.student}."]


def test_the_address_of_the_form_leads_to_the_page(world, waiting, administrator):
    """Also from the page that refused one: in another language, or after a sign-in."""
    response = administrator.get(page("address", waiting.pk))

    assert response["Location"] == page("user", waiting.pk)
