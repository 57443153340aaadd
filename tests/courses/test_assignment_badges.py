import uuid

import pytest
from django.urls import reverse

from badges.models import IssuanceBatch, IssuedBadge, Via
from tests.factories import (
    PAST,
    AdministratorFactory,
    BadgeFactory,
    CourseAssignmentFactory,
    IssuedBadgeFactory,
    OrganizationFactory,
)


def page_of(assignment):
    return reverse("courses:assignment", args=[assignment.pk])


def issuing(assignment):
    return reverse("courses:issue_badge", args=[assignment.pk])


def choice(badge, key=None):
    return {"badge": badge.pk, "key": str(key or uuid.uuid4())}


def test_the_student_reads_nothing_in_a_provider_s_words(world, assignment, badge, signed_in, administrator):
    adopted = BadgeFactory.create(organization=world.academy)
    refused = {"delivery": "failed", "failure_code": "refused", "failure_message": "Issuer says no"}
    kept = {"failure_code": "already_held", "failure_message": "Issuer says twice"}
    IssuedBadgeFactory.create(badge=badge, student=world.student, **refused)
    held = IssuedBadgeFactory.create(badge=adopted, student=world.student, **kept)

    own, other = signed_in(world.student).get(page_of(assignment)), administrator.get(page_of(assignment))

    assert list(own.context["badges_given"]) == [held]
    assert "Issuer says" not in own.text
    assert "Issuer says no" in other.text


def test_choose_badge_offers_badges_of_managed_organizations_those_of_the_course_first(
    world, assignment, administrator
):
    of_umbrella = BadgeFactory.create(name="A", organization=world.umbrella)
    of_course = BadgeFactory.create(name="B", organization=world.academy)
    world.course.badges.add(of_course)
    BadgeFactory.create(organization=world.academy, manual_issuance=False)
    BadgeFactory.create(organization=world.outside)

    response = administrator.get(issuing(assignment))

    assert list(response.context["listing"].page) == [of_course, of_umbrella]


def test_choose_badge_has_those_of_the_course_last_when_sorted_the_other_way(world, assignment, administrator):
    of_umbrella = BadgeFactory.create(name="A", organization=world.umbrella)
    of_course = BadgeFactory.create(name="B", organization=world.academy)
    world.course.badges.add(of_course)

    response = administrator.get(issuing(assignment), {"sort": "-course"})

    assert list(response.context["listing"].page) == [of_umbrella, of_course]


def test_choose_badge_is_a_page_and_a_dialog(assignment, badge, administrator):
    page = administrator.get(issuing(assignment))
    dialog = administrator.get(issuing(assignment), headers={"HX-Request": "true"})

    assert ("<html" in page.text, "<html" in dialog.text) == (True, False)
    assert "(Select a Badge)" in dialog.text


def test_issuing_a_badge_stores_where_it_came_from(world, assignment, badge, administrator):
    response = administrator.post(issuing(assignment), choice(badge))

    issued = IssuedBadge.objects.get()
    assert response.url == page_of(assignment)
    assert (issued.badge, issued.student, issued.issued_by) == (badge, world.student, world.administrator)
    assert (issued.via, issued.source_id, issued.source_words) == (Via.ASSIGNMENT, assignment.pk, world.course.name)


def test_issuing_from_the_dialog_says_so_at_the_button_and_on_the_page(assignment, badge, administrator):
    response = administrator.post(issuing(assignment), choice(badge), headers={"HX-Request": "true"})

    assert response.text.count("Successfully Issued Badge") == 2
    assert response.headers["HX-Trigger"] == '{"close-dialog": {"after": 2000}}'


def test_success_takes_the_refusal_of_an_earlier_choice_away(assignment, badge, administrator):
    response = administrator.post(issuing(assignment), choice(badge), headers={"HX-Request": "true"})

    assert '<div id="refusals" hx-swap-oob="true" hidden></div>' in response.text
    assert response.headers["HX-Reswap"] == "none"


def test_pressing_twice_issues_once_and_says_the_same(assignment, badge, administrator):
    data = choice(badge)
    first = administrator.post(issuing(assignment), data)

    second = administrator.post(issuing(assignment), data)

    assert (first.status_code, second.status_code) == (302, 302)
    assert IssuedBadge.objects.count() == 1


def test_a_badge_that_is_held_is_refused_with_the_reason(world, assignment, badge, administrator):
    IssuedBadgeFactory.create(badge=badge, student=world.student)

    response = administrator.post(issuing(assignment), choice(badge))

    assert response.status_code == 422
    assert response.context["form"].errors["badge"] == [
        f"Badge: Diver was not issued to {world.student} because of this error: The student already has this badge."
    ]


def test_after_a_refusal_another_badge_can_be_chosen_in_the_same_dialog(world, assignment, badge, administrator):
    IssuedBadgeFactory.create(badge=badge, student=world.student)
    other = BadgeFactory.create(organization=world.academy)
    refused = administrator.post(issuing(assignment), choice(badge))

    response = administrator.post(issuing(assignment), choice(other, key=refused.context["form"]["key"].value()))

    assert response.status_code == 302
    assert IssuedBadge.objects.filter(student=world.student, badge=other).exists()


def test_the_key_of_somebody_else_is_refused_once(world, assignment, badge, signed_in, administrator):
    colleague = AdministratorFactory.create(organization=world.umbrella)
    key = uuid.uuid4()
    signed_in(colleague).post(issuing(assignment), choice(BadgeFactory.create(organization=world.academy), key=key))

    refused = administrator.post(issuing(assignment), choice(badge, key=key))
    again = administrator.post(issuing(assignment), choice(badge, key=refused.context["form"]["key"].value()))

    assert (refused.status_code, again.status_code) == (422, 302)


@pytest.mark.parametrize("change", ["foreign", "switched off", "deleted", "unknown", "nonsense", "none"])
def test_a_badge_that_is_not_offered_is_no_choice(world, assignment, badge, administrator, change):
    data = choice(badge)
    if change == "foreign":
        data["badge"] = BadgeFactory.create(organization=OrganizationFactory.create()).pk
    elif change == "switched off":
        badge.manual_issuance = False
        badge.save()
    elif change == "deleted":
        badge.delete()
    else:
        data["badge"] = {"unknown": 10**30, "nonsense": "x", "none": ""}[change]

    response = administrator.post(issuing(assignment), data)

    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["badge"]
    assert not IssuanceBatch.objects.exists()


@pytest.mark.parametrize("key", ["", "nonsense"])
def test_a_form_without_its_key_is_refused(assignment, badge, administrator, key):
    response = administrator.post(issuing(assignment), {"badge": badge.pk, "key": key})

    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["key"]


@pytest.mark.parametrize(
    ("fields", "is_offered"),
    [
        ({"cancelled_at": PAST}, False),
        ({"cancelled_at": PAST, "completed_at": PAST}, True),
        ({"expires_at": PAST}, True),
        ({}, True),
    ],
)
def test_a_cancelled_assignment_offers_no_badge_and_its_address_says_why(
    world, badge, administrator, fields, is_offered
):
    assignment = CourseAssignmentFactory.create(student=world.student, course=world.course, **fields)

    page = administrator.get(page_of(assignment))
    answer = administrator.get(issuing(assignment), headers={"HX-Request": "true"})

    assert page.context["offers_badges"] is is_offered
    assert answer.headers.get("HX-Redirect", "") == ("" if is_offered else page_of(assignment))
    if not is_offered:
        said = administrator.get(page_of(assignment)).context["messages"]
        words = "No badge can be issued from here. This course assignment was cancelled."
        assert [str(message) for message in said] == [words]


def test_an_assignment_that_was_cancelled_meanwhile_is_refused(world, badge, administrator):
    cancelled = CourseAssignmentFactory.create(student=world.student, course=world.course, cancelled_at=PAST)

    response = administrator.post(issuing(cancelled), choice(badge))

    assert response.context["form"].errors["badge"] == [
        f"Badge: Diver was not issued to {world.student} because of this error: This course assignment was cancelled."
    ]


def test_a_student_who_takes_no_part_in_achievements_may_be_given_a_badge(world, assignment, badge, administrator):
    world.student.participates_in_achievements = False
    world.student.save()

    administrator.post(issuing(assignment), choice(badge))

    assert IssuedBadge.objects.filter(student=world.student).exists()
