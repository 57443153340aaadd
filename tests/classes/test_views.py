import datetime as dt
import uuid
from urllib.parse import parse_qs, urlparse

import pytest
from django.contrib.auth.models import Group, Permission
from django.urls import reverse
from django.utils import timezone

from badges.models import Badge, IssuanceBatch, IssuedBadge
from classes.forms import MAX_PAIRS
from classes.models import Enrollment
from tests.factories import PAST, BadgeFactory, ClassFactory, EnrollmentFactory, IssuedBadgeFactory, StudentFactory

Status, Completion = Enrollment.Status, Enrollment.Completion


def text_of(response):
    return response.content.decode()


@pytest.fixture
def as_(world, signed_in):
    """A client of the persona: as_("instructor")."""
    return lambda persona: signed_in(world.personas[persona])


@pytest.fixture
def badge(world):
    return BadgeFactory.create(organization=world.academy, name="Night Owl")


def url(name, world, **kwargs):
    return reverse(f"classes:{name}", kwargs={"class_id": world.klass.pk} | kwargs)


def issue_url(world, enrollment=None):
    return url("issue_badge", world, enrollment_id=(enrollment or world.enrollment).pk)


def one_badge(badge, key=None):
    return {"badge": badge.pk, "key": key or uuid.uuid4()}


def selection(badges, students, key=None, **more):
    return {"badges": [b.pk for b in badges], "students": [s.pk for s in students], "key": key or uuid.uuid4()} | more


def issue(client, world, badges, students, **more):
    return client.post(url("issue_badges", world), selection(badges, students, issue="1", **more), follow=True)


# The list and the details


@pytest.mark.parametrize("rows", [1, 3])
def test_list_takes_as_many_queries_for_one_class_as_for_three(world, as_, django_assert_num_queries, rows):
    ClassFactory.create_batch(rows - 1, organization=world.academy)
    client = as_("administrator")

    with django_assert_num_queries(8):
        response = client.get(reverse("classes:list"))

    assert response.context["listing"].count == rows


def test_list_shows_an_instructor_all_classes_of_the_organization_and_rosters_of_the_own(world, as_):
    other = ClassFactory.create(organization=world.academy, name="Somebody else's")

    response = as_("instructor").get(reverse("classes:list"))

    assert {row.pk for row in response.context["listing"].page} == {world.klass.pk, other.pk}
    assert response.context["rosters_open"] == {world.klass.pk}


def test_list_shows_a_contract_instructor_only_the_classes_taught(world, as_):
    ClassFactory.create(organization=world.academy)

    response = as_("contractor").get(reverse("classes:list"))

    assert [row.pk for row in response.context["listing"].page] == [world.klass.pk]


def test_list_filters_by_when(world, as_):
    running = ClassFactory.create(
        organization=world.academy, starts_at=timezone.now(), ends_at=timezone.now() + dt.timedelta(hours=1)
    )

    response = as_("administrator").get(reverse("classes:list"), {"when": "running"})

    assert [row.pk for row in response.context["listing"].page] == [running.pk]


def test_list_can_be_exported(world, as_):
    response = as_("administrator").get(reverse("classes:list"), {"export": "csv"})

    lines = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0] == "Name,Course,Organization,Starts,Enrolled"
    assert lines[1].startswith(f"{world.klass.name},{world.course.name},Academy,2026-03-02T09:00:00+00:00")


def test_details_shows_a_student_of_the_class_no_numbers_of_the_roster(world, as_):
    response = as_("student").get(url("details", world))

    assert response.status_code == 200
    assert "Maximum" not in text_of(response)


# The roster


@pytest.mark.parametrize("rows", [1, 3])
def test_roster_takes_as_many_queries_for_one_line_as_for_three(world, as_, badge, django_assert_num_queries, rows):
    Enrollment.objects.all().delete()
    for line in EnrollmentFactory.create_batch(rows, klass=world.klass):
        IssuedBadgeFactory.create(badge=badge, student=line.student)
    client = as_("contractor")

    with django_assert_num_queries(15):
        response = client.get(url("roster", world))

    assert response.context["listing"].count == rows


def test_roster_leaves_cancelled_lines_out_until_somebody_asks(world, as_):
    cancelled = EnrollmentFactory.create(klass=world.klass, enrollment_status=Status.CANCELLED)
    client = as_("contractor")

    usual = client.get(url("roster", world)).context["listing"].page
    asked = client.get(url("roster", world), {"enrollment": "cancelled"}).context["listing"].page

    assert {line.pk for line in usual} == {world.enrollment.pk, world.guest_enrollment.pk}
    assert [line.pk for line in asked] == [cancelled.pk]


def test_an_empty_roster_says_so(world, as_):
    Enrollment.objects.all().delete()

    response = as_("contractor").get(url("roster", world))

    assert "No student enrollments found." in text_of(response)


def test_roster_shows_the_badges_of_the_class_organization_that_a_student_holds(world, as_, badge):
    IssuedBadgeFactory.create(badge=badge, student=world.student)
    IssuedBadgeFactory.create(badge=BadgeFactory.create(name="Secret elsewhere"), student=world.student)

    page = text_of(as_("contractor").get(url("roster", world)))

    assert "Night Owl" in page
    assert "Secret elsewhere" not in page


def test_the_roster_and_its_export_say_how_badges_stand(world, as_, badge):
    ended = BadgeFactory.create(name="Once Good", organization=world.academy)
    IssuedBadgeFactory.create(badge=badge, student=world.student)
    IssuedBadgeFactory.create(
        badge=ended, student=world.student, issued_at=PAST - dt.timedelta(days=1), expires_at=PAST
    )

    page = text_of(as_("contractor").get(url("roster", world)))
    export = b"".join(as_("contractor").get(url("roster", world), {"export": "csv"}).streaming_content).decode()

    assert "Once Good: Expired" in page
    assert "Night Owl, Once Good (Expired)" in export


def test_the_trophy_is_shown_only_when_a_badge_is_available(world, as_):
    client = as_("instructor")

    before = text_of(client.get(url("roster", world)))
    BadgeFactory.create(organization=world.academy)
    after = text_of(client.get(url("roster", world)))

    assert ("Issue a Badge" in before, "Issue a Badge" in after) == (False, True)


def line_data(line, **to):
    prefix = f"line-{line.pk}"
    data = {
        f"{prefix}-was_enrollment": line.enrollment_status,
        f"{prefix}-was_completion": line.completion_status,
    }
    return data | {f"{prefix}-{name}": value for name, value in to.items()}


def test_save_changes_saves_and_comes_back_to_the_same_filters(world, as_):
    here = url("roster", world) + "?sort=-student"

    response = as_("instructor").post(here, line_data(world.enrollment, completion="complete"))

    assert (response.status_code, response["Location"]) == (302, here)
    world.enrollment.refresh_from_db()
    assert world.enrollment.completion_status == Completion.COMPLETE


def test_a_refused_change_keeps_what_was_entered_and_says_why_at_the_line(world, as_):
    data = line_data(world.enrollment, enrollment="cancelled")

    response = as_("contractor").post(url("roster", world), data)

    assert response.status_code == 422
    assert "Enrolled cannot be changed after the class has begun." in text_of(response)
    assert "Nothing was saved." in text_of(response)


def test_what_somebody_else_changed_meanwhile_can_be_answered(world, as_):
    data = line_data(world.enrollment, completion="complete")
    Enrollment.objects.filter(pk=world.enrollment.pk).update(completion_status=Completion.ATTENDING)
    client = as_("instructor")

    refused = client.post(url("roster", world), data)
    (line,) = refused.context["listing"].page
    again = client.post(url("roster", world), line.form.data)

    assert "Somebody else has changed this line meanwhile to Enrolled, Attending." in text_of(refused)
    assert again.status_code == 302
    world.enrollment.refresh_from_db()
    assert world.enrollment.completion_status == Completion.COMPLETE


def test_who_may_only_look_at_a_roster_cannot_change_it(world, as_):
    role = Group.objects.create(name="Observer")
    role.permissions.set(Permission.objects.filter(codename__in=["view_class", "view_enrollment"]))
    world.instructor.groups.set([role])
    client = as_("instructor")

    page = text_of(client.get(url("roster", world)))
    response = client.post(url("roster", world), line_data(world.enrollment, completion="complete"))

    assert "Save Changes" not in page
    assert response.status_code == 403
    world.enrollment.refresh_from_db()
    assert world.enrollment.completion_status == Completion.UNKNOWN


def test_a_refused_change_is_a_page_whatever_else_the_address_asks_for(world, as_):
    response = as_("contractor").post(
        url("roster", world) + "?export=csv", line_data(world.enrollment, enrollment="cancelled")
    )

    assert (response.status_code, response["Content-Type"]) == (422, "text/html; charset=utf-8")


def test_a_forged_line_changes_nothing(world, as_):
    as_("instructor").post(url("roster", world), line_data(world.guest_enrollment, completion="complete"))

    world.guest_enrollment.refresh_from_db()
    assert world.guest_enrollment.completion_status == Completion.UNKNOWN


def test_a_status_that_does_not_exist_changes_nothing(world, as_):
    response = as_("instructor").post(
        url("roster", world), line_data(world.enrollment, completion="famous"), follow=True
    )

    assert "There was nothing to save" in text_of(response)


# One badge for one student


def test_choose_badge_lists_only_manually_issuable_badges_of_the_organization(world, as_, badge):
    BadgeFactory.create(organization=world.academy, manual_issuance=False)
    BadgeFactory.create(organization=world.outside)

    response = as_("instructor").get(issue_url(world))

    assert [row.pk for row in response.context["listing"].page] == [badge.pk]
    assert "(Select a Badge)" in text_of(response)


def test_choose_badge_is_a_dialog_for_htmx_and_a_page_without(world, as_, badge):
    client = as_("instructor")

    page = text_of(client.get(issue_url(world)))
    dialog = text_of(client.get(issue_url(world), headers={"HX-Request": "true"}))

    assert ("<html" in page, "<html" in dialog) == (True, False)
    assert ('id="dialog-title"' in page, 'id="dialog-title"' in dialog) == (True, True)


def test_choose_badge_searches_by_name(world, as_, badge):
    BadgeFactory.create(organization=world.academy, name="Early Bird")

    response = as_("instructor").get(issue_url(world), {"q": "owl"})

    assert [row.pk for row in response.context["listing"].page] == [badge.pk]


def test_issuing_one_badge_with_htmx_says_so_on_the_button_and_on_the_line(world, as_, badge):
    response = as_("instructor").post(issue_url(world), one_badge(badge), headers={"HX-Request": "true"})

    said = text_of(response)
    assert said.count("Successfully Issued Badge") == 2
    assert f'id="badges-{world.enrollment.pk}"' in said
    assert response["HX-Trigger"] == '{"close-dialog": {"after": 2000}}'
    assert IssuedBadge.objects.get().issued_by == world.instructor


def test_issuing_one_badge_without_a_script_says_so_on_the_roster(world, as_, badge):
    response = as_("instructor").post(issue_url(world), one_badge(badge), follow=True)

    assert response.redirect_chain == [(url("roster", world), 302)]
    assert "Successfully Issued Badge: Night Owl to" in text_of(response)


def test_the_second_try_stays_in_the_dialog_with_its_reason(world, as_, badge):
    IssuedBadgeFactory.create(badge=badge, student=world.student)

    response = as_("instructor").post(issue_url(world), one_badge(badge), headers={"HX-Request": "true"})

    assert response.status_code == 422
    assert "was not issued to" in text_of(response)
    assert "The student already has this badge." in text_of(response)


def test_a_double_click_issues_one_badge_and_reports_success_twice(world, as_, badge):
    client, data = as_("instructor"), one_badge(badge)

    answers = [client.post(issue_url(world), data, headers={"HX-Request": "true"}).status_code for _ in range(2)]

    assert answers == [200, 200]
    assert IssuedBadge.objects.count() == 1


def test_no_choice_is_an_error_in_words(world, as_, badge):
    response = as_("instructor").post(issue_url(world), {"key": uuid.uuid4()})

    assert response.status_code == 422
    assert "Choose a badge first." in text_of(response)


def test_a_badge_deleted_between_render_and_submit_is_told(world, as_, badge):
    data = one_badge(badge)
    badge.delete()

    response = as_("instructor").post(issue_url(world), data)

    assert "This badge cannot be issued here (any more). Choose another one." in text_of(response)


def test_a_badge_of_another_organization_is_refused_like_a_missing_one(world, as_, badge):
    response = as_("instructor").post(issue_url(world), one_badge(BadgeFactory.create(name="Canary")))

    assert "This badge cannot be issued here (any more). Choose another one." in text_of(response)
    assert "Canary" not in text_of(response)


def test_a_form_without_its_key_is_refused(world, as_, badge):
    response = as_("instructor").post(issue_url(world), {"badge": badge.pk})

    assert response.status_code == 422
    assert not IssuedBadge.objects.exists()


def test_a_student_of_another_organization_is_out_of_an_organization_instructors_reach(world, as_, badge):
    assert as_("instructor").get(issue_url(world, world.guest_enrollment)).status_code == 404
    assert as_("contractor").get(issue_url(world, world.guest_enrollment)).status_code == 200


def test_a_student_un_enrolled_meanwhile_is_refused_in_words(world, as_, badge):
    Enrollment.objects.filter(pk=world.enrollment.pk).update(enrollment_status=Status.CANCELLED)

    response = as_("instructor").post(issue_url(world), one_badge(badge), headers={"HX-Request": "true"})

    assert response.status_code == 422
    assert "The student is not enrolled in this class (any more)." in text_of(response)
    assert not IssuedBadge.objects.exists()


def test_a_used_key_never_announces_another_badge(world, as_, badge):
    client, key, other = as_("instructor"), uuid.uuid4(), BadgeFactory.create(organization=world.academy)
    client.post(issue_url(world), one_badge(badge, key))

    response = client.post(issue_url(world), one_badge(other, key))

    assert response.status_code == 422
    assert "This form was sent before, for something else." in text_of(response)
    assert [row.badge for row in IssuedBadge.objects.all()] == [badge]


# Many badges for many students


def test_issue_badges_begins_empty(world, as_):
    page = text_of(as_("instructor").get(url("issue_badges", world)))

    assert "No badge chosen yet." in page
    assert "No student chosen yet." in page


def test_choose_students_offers_an_organization_instructor_only_the_own_students(world, as_):
    response = as_("instructor").get(url("choose_students", world))

    assert [row.pk for row in response.context["listing"].page] == [world.student.pk]


def test_choose_students_offers_a_contract_instructor_the_whole_class(world, as_):
    response = as_("contractor").get(url("choose_students", world))

    assert {row.pk for row in response.context["listing"].page} == {world.student.pk, world.guest.pk}


def test_the_chosen_are_reviewed_before_anything_is_issued(world, as_, badge):
    IssuedBadgeFactory.create(badge=badge, student=world.guest)

    page = text_of(as_("contractor").post(url("issue_badges", world), selection([badge], [world.student, world.guest])))

    assert "1 badge is ready to be issued." in page
    assert "1 is not, for the reason beside the student." in page
    assert IssuedBadge.objects.count() == 1


def test_of_a_student_with_ready_and_refused_badges_both_are_named(world, as_, badge):
    other = BadgeFactory.create(organization=world.academy, name="Early Bird")
    IssuedBadgeFactory.create(badge=badge, student=world.student)

    response = as_("contractor").get(url("issue_badges", world), selection([badge, other], [world.student]))

    [line] = response.context["grid"]
    assert ([failure.pair.badge for failure in line.failures], line.ready, line.is_ready) == ([badge], [other], False)
    assert "Early Bird</span> Ready" in text_of(response)


def reviewed(client, world, badges, students):
    """What the page that was looked at sends with the button."""
    page = client.get(url("issue_badges", world), selection(badges, students))
    return {"not_ready": page.context["seen"], "key": page.context["key"]}


def test_only_what_was_ready_is_sent(world, as_, badge):
    IssuedBadgeFactory.create(badge=badge, student=world.guest)
    client, both = as_("contractor"), [world.student, world.guest]

    page = text_of(issue(client, world, [badge], both, **reviewed(client, world, [badge], both)))

    assert "Warning: Not all badges" not in page
    assert [item.student for item in IssuanceBatch.objects.get().items.all()] == [world.student]


def test_what_is_refused_in_between_fails(world, as_, badge):
    client, both = as_("contractor"), [world.student, world.guest]
    seen = reviewed(client, world, [badge], both)
    IssuedBadgeFactory.create(badge=badge, student=world.guest)

    first = issue(client, world, [badge], both, **seen)
    again = issue(client, world, [badge], both, **seen)

    assert [failure.pair.student for failure in first.context["outcome"].failed] == [world.guest]
    assert first.redirect_chain == again.redirect_chain


def test_with_nothing_ready_the_button_is_off_and_a_press_is_refused_in_words(world, as_, badge):
    IssuedBadgeFactory.create(badge=badge, student=world.student)
    client = as_("contractor")

    page = client.get(url("issue_badges", world), selection([badge], [world.student]))
    response = issue(client, world, [badge], [world.student], **reviewed(client, world, [badge], [world.student]))

    words = "No badge is ready to be issued. The reasons stand beside the students."
    assert 'disabled aria-describedby="not-ready"' in text_of(page)
    assert words in text_of(page)
    assert (response.status_code, response.context["form"].errors) == (422, [words])
    assert not IssuanceBatch.objects.exists()


@pytest.mark.parametrize("nonsense", ["x", "1", "1-", "1-2-3", "-", "²-1", "9" * 30 + "-1"])
def test_nonsense_in_place_of_pairs_leaves_nobody_out(world, as_, badge, nonsense):
    issue(as_("contractor"), world, [badge], [world.student], not_ready=nonsense)

    assert IssuedBadge.objects.count() == 1


def test_where_nobody_is_enrolled_nothing_is_offered_and_the_address_says_why(world, as_, badge):
    Enrollment.objects.update(enrollment_status=Status.WAIT_LISTED)
    client = as_("contractor")

    pages = [text_of(client.get(url(name, world))) for name in ("roster", "details")]
    answers = [client.get(url("issue_badges", world), follow=True), client.get(issue_url(world), follow=True)]

    assert ["Issue Badges" in page for page in pages] == [False, False]
    assert [[str(message) for message in answer.context["messages"]] for answer in answers] == [
        ["No badge can be issued from here. Nobody on this roster is Enrolled."],
        ["No badge can be issued from here. The student is not enrolled in this class (any more)."],
    ]
    assert [answer.redirect_chain for answer in answers] == [[(url("roster", world), 302)]] * 2


def test_what_a_dialog_adds_joins_what_is_on_the_page(world, as_, badge):
    data = selection([], [world.guest]) | {"chosen_badges": [badge.pk], "chosen_students": [world.student.pk]}

    form = as_("contractor").post(url("issue_badges", world), data).context["form"]

    assert (list(form.badges.rows), list(form.students.rows)) == ([badge], [world.student, world.guest])


@pytest.mark.parametrize("kind", ["badge", "student"])
def test_each_entry_can_be_removed(world, as_, badge, kind):
    other = BadgeFactory.create(organization=world.academy)
    going = {"badge": other, "student": world.guest}[kind]
    data = selection([badge, other], [world.student, world.guest], remove=f"{kind}-{going.pk}")

    form = as_("contractor").post(url("issue_badges", world), data).context["form"]

    left = {"badge": form.badges.rows, "student": form.students.rows}[kind]
    assert list(left) == [{"badge": badge, "student": world.student}[kind]]


def test_issue_badges_reports_successes_and_failures_separately(world, as_, badge):
    IssuedBadgeFactory.create(badge=badge, student=world.guest)

    response = issue(as_("contractor"), world, [badge], [world.student, world.guest])

    page = text_of(response)
    assert response.redirect_chain == [
        (url("issued_badges", world, batch_id=IssuanceBatch.objects.get().pk) + "#results", 302)
    ]
    assert "The following badges were successfully issued:" in page
    assert "Warning: Not all badges were successfully issued. See the Failed Badge list for details." in page
    assert "The following badge issuances failed:" in page
    line = (
        f"Badge: Night Owl was not issued to {world.guest} because of this error: The student already has this badge."
    )
    assert f"<li>{line}</li>" in page


def test_the_pickers_are_empty_again_after_a_run(world, as_, badge):
    page = text_of(issue(as_("contractor"), world, [badge], [world.student]))

    assert "No badge chosen yet." in page
    assert "Warning: Not all badges" not in page


def test_the_results_stay_at_their_own_address(world, as_, badge):
    client = as_("contractor")
    first = text_of(issue(client, world, [badge], [world.student]))

    again = text_of(client.get(url("issued_badges", world, batch_id=IssuanceBatch.objects.get().pk)))

    assert (world.student.last_name in first, world.student.last_name in again) == (True, True)


def test_the_results_of_somebody_else_are_not_found(world, as_, badge):
    issue(as_("contractor"), world, [badge], [world.student])

    response = as_("instructor").get(url("issued_badges", world, batch_id=IssuanceBatch.objects.get().pk))

    assert response.status_code == 404


def test_a_reload_of_the_press_issues_nothing_twice(world, as_, badge):
    client, key = as_("contractor"), uuid.uuid4()

    first = issue(client, world, [badge], [world.student], key=key)
    second = issue(client, world, [badge], [world.student], key=key)

    assert first.redirect_chain == second.redirect_chain
    assert "The following badge issuances failed:" not in text_of(second)
    assert IssuedBadge.objects.count() == 1


def test_the_key_of_another_person_is_refused_in_words(world, as_, badge):
    key = uuid.uuid4()
    issue(as_("contractor"), world, [badge], [world.student], key=key)

    response = issue(as_("instructor"), world, [badge], [world.student], key=key)

    assert response.status_code == 422
    assert "This form was sent before, for something else." in text_of(response)


def test_an_empty_selection_is_an_error_in_words(world, as_):
    response = issue(as_("contractor"), world, [], [])

    assert response.status_code == 422
    assert "Add at least one badge." in text_of(response)
    assert "Add at least one student." in text_of(response)


def test_too_many_are_refused_with_the_number_and_nothing_is_lost(world, as_, badge):
    data = {"badges": [badge.pk], "students": [world.student.pk, *range(10**6, 10**6 + 4999)]}

    response = as_("contractor").post(url("issue_badges", world), data | {"issue": "1", "key": uuid.uuid4()})

    assert response.status_code == 422
    assert f"That is more than {MAX_PAIRS:,} badges at once." in text_of(response)
    assert list(response.context["form"].students.rows) == [world.student]
    assert not IssuedBadge.objects.exists()


def test_too_many_are_not_looked_at_one_by_one(world, as_, badge):
    students = [line.student.pk for line in EnrollmentFactory.create_batch(30, klass=world.klass)]
    data = {"badges": [badge.pk], "students": [*students, *range(10**6, 10**6 + 4999)]}

    response = as_("contractor").post(url("issue_badges", world), data | {"issue": "1", "key": uuid.uuid4()})

    assert response.context["not_ready"] == 0


def test_a_badge_deleted_meanwhile_is_told_and_the_rest_stays(world, as_, badge):
    going = BadgeFactory.create(organization=world.academy)
    data = selection([badge, going], [world.student], issue="1")
    Badge.objects.filter(pk=going.pk).delete()

    response = as_("contractor").post(url("issue_badges", world), data)

    assert "1 chosen badge is not available any more and was taken off the list." in text_of(response)
    assert list(response.context["form"].badges.rows) == [badge]
    assert not IssuedBadge.objects.exists()


@pytest.mark.parametrize("forged", ["badge", "student"])
def test_ids_of_another_organization_are_refused_like_missing_ones(world, as_, badge, forged):
    foreign_badge, foreign_student = BadgeFactory.create(name="Canary"), StudentFactory.create(last_name="Canary")
    badges = [badge, foreign_badge] if forged == "badge" else [badge]
    students = [world.student, foreign_student] if forged == "student" else [world.student]

    response = issue(as_("contractor"), world, badges, students)

    assert response.status_code == 422
    assert "Canary" not in text_of(response)
    assert not IssuedBadge.objects.exists()


def test_an_organization_instructor_cannot_reach_the_other_students_of_the_class(world, as_, badge):
    response = issue(as_("instructor"), world, [badge], [world.student, world.guest])

    assert "1 chosen student is not on your roster any more" in text_of(response)
    assert not IssuedBadge.objects.exists()


def test_a_student_un_enrolled_meanwhile_fails_and_the_others_are_issued(world, as_, badge):
    Enrollment.objects.filter(pk=world.guest_enrollment.pk).update(enrollment_status=Status.CANCELLED)

    page = text_of(issue(as_("contractor"), world, [badge], [world.student, world.guest]))

    assert "The student is not enrolled in this class (any more)." in page
    assert [row.student for row in IssuedBadge.objects.all()] == [world.student]


def test_a_badge_switched_off_meanwhile_fails_with_its_reason(world, as_, badge):
    Badge.objects.filter(pk=badge.pk).update(manual_issuance=False)

    page = text_of(issue(as_("contractor"), world, [badge], [world.student]))

    assert "Manual issuance is not enabled on this badge." in page


@pytest.mark.parametrize("nonsense", ["x", "-1", "1.5", "9" * 30, "²", "\x00"])
def test_ids_that_are_no_numbers_are_left_out(world, as_, badge, nonsense):
    data = {"badges": [badge.pk, nonsense], "students": [nonsense], "key": uuid.uuid4()}

    response = as_("contractor").post(url("issue_badges", world), data)

    assert response.status_code == 200
    assert list(response.context["form"].badges.rows) == [badge]


def test_a_session_that_ended_on_submit_loses_nothing(world, as_, client, badge):
    here = f"http://testserver{url('issue_badges', world)}"
    htmx = {"HX-Request": "true", "HX-Current-URL": here}
    chosen = as_("contractor").post(here, selection([badge], [world.student]), headers=htmx)
    address = f"http://testserver{chosen['HX-Replace-Url']}"

    refused = client.post(here, selection([badge], [world.student], issue="1"), headers={"Referer": address})
    back = parse_qs(urlparse(refused["Location"]).query)["next"][0]
    form = as_("contractor").get(back).context["form"]

    assert not IssuedBadge.objects.exists()
    assert (list(form.badges.rows), list(form.students.rows)) == ([badge], [world.student])


def test_a_class_not_taught_is_forbidden_and_one_of_another_organization_is_not_found(world, as_):
    inside = ClassFactory.create(organization=world.academy)
    outside = ClassFactory.create()

    answers = [
        as_("instructor").get(reverse("classes:issue_badges", args=[pk])).status_code for pk in (inside.pk, outside.pk)
    ]

    assert answers == [403, 404]


def test_issuing_many_takes_no_more_queries_than_few(world, as_, badge, django_assert_max_num_queries):
    badges = [badge, *BadgeFactory.create_batch(4, organization=world.academy)]
    students = [
        line.student
        for line in EnrollmentFactory.create_batch(200, klass=world.klass, student__organization=world.academy)
    ]
    client = as_("contractor")
    client.post(url("issue_badges", world), selection(badges[:1], students[:1], issue="1"))
    few = selection(badges[:2], students[:2], issue="1")
    with django_assert_max_num_queries(40) as counted:
        client.post(url("issue_badges", world), few)

    with django_assert_max_num_queries(len(counted)):
        client.post(url("issue_badges", world), selection(badges, students, issue="1"))

    assert IssuedBadge.objects.count() == 1000
