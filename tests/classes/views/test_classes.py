import datetime as dt
import uuid

import pytest
from django.contrib.auth.models import Group, Permission
from django.urls import reverse
from django.utils import timezone

from badges.models import IssuedBadge, Via
from classes.models import Class, Enrollment
from organizations.roles import INSTRUCTOR
from tests.classes.views.addresses import issue_url, url
from tests.factories import (
    PAST,
    BadgeFactory,
    ClassFactory,
    CourseActivityFactory,
    EnrollmentFactory,
    IssuanceBatchFactory,
    IssuedBadgeFactory,
    LabFactory,
    OrganizationFactory,
    TrainingRecordFactory,
)
from tests.submitting import forms_of

Status, Completion = Enrollment.Status, Enrollment.Completion


def text_of(response):
    return response.content.decode()


def one_badge(badge, key=None):
    return {"badge": badge.pk, "key": key or uuid.uuid4()}


# The list and the details


@pytest.mark.parametrize("rows", [1, 3])
def test_list_takes_as_many_queries_for_one_class_as_for_three(world, as_, django_assert_num_queries, rows):
    ClassFactory.create_batch(rows - 1, organization=world.academy)
    client = as_("administrator")

    with django_assert_num_queries(11):
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


def test_the_list_and_the_details_say_what_a_class_that_ended_wants(world, as_, badge):
    ended = timezone.now() - dt.timedelta(hours=1)
    Class.objects.filter(pk=world.klass.pk).update(starts_at=ended - dt.timedelta(hours=8), ends_at=ended)
    world.course.badges.add(badge)
    Enrollment.objects.filter(pk=world.guest_enrollment.pk).update(completion_status="complete", completed_at=ended)
    client = as_("contractor")

    found, page = client.get(reverse("classes:list")), text_of(client.get(url("details", world)))
    Enrollment.objects.filter(pk=world.enrollment.pk).update(completion_status="no_show")
    IssuedBadgeFactory.create(badge=badge, student=world.guest)
    after = text_of(client.get(url("details", world)))

    assert found.context["to_wrap_up"] == {world.klass.pk}
    for words in ("To wrap up", "1 completion is not set", "1 student completed and has no badge of the course"):
        assert words in page
        assert words not in after
    assert "Wrapped up" in after
    assert client.get(reverse("classes:list")).context["to_wrap_up"] == set()


def test_the_details_lead_to_the_adoption_of_what_was_issued_from_the_class(world, as_, badge):
    client, address = as_("administrator"), f"{reverse('badges:adoption')}?from_class={world.klass.pk}"

    assert address not in text_of(client.get(url("details", world)))
    IssuanceBatchFactory.create(organization=world.academy, via=Via.ROSTER, source_id=world.klass.pk)
    assert address in text_of(client.get(url("details", world)))
    assert client.get(address).status_code == 200


# The roster


@pytest.mark.parametrize("rows", [1, 3])
def test_roster_takes_as_many_queries_for_one_line_as_for_three(world, as_, badge, django_assert_num_queries, rows):
    Enrollment.objects.all().delete()
    for line in EnrollmentFactory.create_batch(rows, klass=world.klass):
        IssuedBadgeFactory.create(badge=badge, student=line.student)
    client = as_("contractor")

    with django_assert_num_queries(18):
        response = client.get(url("roster", world))

    assert response.context["listing"].count == rows


def test_roster_leaves_cancelled_lines_out_until_somebody_asks(world, as_):
    cancelled = EnrollmentFactory.create(klass=world.klass, enrollment_status=Status.CANCELLED)
    client = as_("contractor")

    usual = client.get(url("roster", world)).context["listing"].page
    asked = client.get(url("roster", world), {"enrollment": "cancelled"}).context["listing"].page

    assert {line.pk for line in usual} == {world.enrollment.pk, world.guest_enrollment.pk}
    assert [line.pk for line in asked] == [cancelled.pk]


def test_the_roster_finds_who_is_eligible_and_was_issued_nothing(world, as_, badge):
    world.course.badges.add(badge)
    Enrollment.objects.update(completion_status=Completion.COMPLETE, completed_at=PAST)
    IssuedBadgeFactory.create(badge=badge, student=world.guest)
    client, address = as_("contractor"), url("roster", world)

    found = [client.get(address, {"eligible": wanted}).context["listing"].page for wanted in ("on", "")]

    assert [{line.student for line in page} for page in found] == [{world.student}, {world.student, world.guest}]
    assert not client.get(address, {"eligible": "on", "q": "no such name"}).context["listing"].page


@pytest.mark.parametrize("rows", [1, 3])
def test_the_roster_says_how_far_each_is_once_anybody_has_done_an_activity(world, as_, rows, django_assert_num_queries):
    client, address = as_("contractor"), url("roster", world)
    labs = LabFactory.create_batch(3)
    for lab in labs:
        CourseActivityFactory.create(course=world.course, lab=lab, kind="lab")
    EnrollmentFactory.create_batch(rows - 1, klass=world.klass)
    assert "Percent complete" not in text_of(client.get(address))
    TrainingRecordFactory.create(user=world.student, lab=labs[0], course=None, completed_at=PAST)

    with django_assert_num_queries(19):
        page = text_of(client.get(address))

    assert ("Percent complete" in page, page.count("33 %"), page.count("0 %")) == (True, 1, rows)


@pytest.mark.parametrize("place", ["details", "roster"])
def test_the_summary_counts_what_nobody_is_as_well(world, as_, place):
    summary = " ".join(text_of(as_("contractor").get(url(place, world))).split())

    for words, count in [("Minimum", 0), ("Enrolled", 2), ("Denied", 0), ("Audit", 0)]:
        assert f"<dt>{words}</dt><dd>{count}" in summary.replace("</dt> <dd>", "</dt><dd>")


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
    assert "Enrollment is locked once the class has started." in text_of(response)
    assert "Nothing was saved." in text_of(response)


def sent_from(response):
    """What the button of the roster's page sends."""
    found = forms_of(response.text, "/")
    (form,) = [form for form in found if any(name.startswith("line-") for name in form.fields)]
    return {name: one.values for name, one in form.fields.items()}


def test_what_somebody_else_changed_meanwhile_can_be_answered(world, as_):
    data = line_data(world.enrollment, completion="complete")
    Enrollment.objects.filter(pk=world.enrollment.pk).update(completion_status=Completion.ATTENDING)
    client = as_("instructor")

    refused = client.post(url("roster", world), data)
    again = client.post(url("roster", world), sent_from(refused))

    assert "Someone else just changed this student to Enrolled, Attending." in text_of(refused)
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

    assert "No changes to save" in text_of(response)


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

    assert "This badge is not available here. Choose another one." in text_of(response)


def test_a_badge_of_another_organization_is_refused_like_a_missing_one(world, as_, badge):
    response = as_("instructor").post(issue_url(world), one_badge(BadgeFactory.create(name="Canary")))

    assert "This badge is not available here. Choose another one." in text_of(response)
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
    assert "The student is not enrolled in this class." in text_of(response)
    assert not IssuedBadge.objects.exists()


def test_a_used_key_never_announces_another_badge(world, as_, badge):
    client, key, other = as_("instructor"), uuid.uuid4(), BadgeFactory.create(organization=world.academy)
    client.post(issue_url(world), one_badge(badge, key))

    response = client.post(issue_url(world), one_badge(other, key))

    assert response.status_code == 422
    assert "This form was already sent." in text_of(response)
    assert [row.badge for row in IssuedBadge.objects.all()] == [badge]


def test_a_line_shows_the_badges_of_the_tree_and_never_of_another(world, as_):
    sibling = OrganizationFactory.create(parent=world.umbrella)
    for name, owner in [
        ("Own", world.academy),
        ("Above", world.umbrella),
        ("Beside", sibling),
        ("Foreign", world.outside),
    ]:
        IssuedBadgeFactory.create(badge__name=name, badge__organization=owner, student=world.student)
    roster = url("roster", world)

    export = as_("instructor").get(roster, {"export": "csv", "columns": ["student", "badges"]})

    line = b"".join(export).decode().splitlines()[1]
    assert sorted(line.partition(",")[2].strip('"').split(", ")) == ["Above", "Beside", "Own"]
    assert [word in as_("instructor").get(roster).text for word in ("Above", "Beside", "Foreign")] == [
        True,
        True,
        False,
    ]


def test_completion_waits_in_output_options_until_the_class_begins(world, as_):
    client = as_("instructor")
    begun = client.get(url("roster", world)).context["listing"]
    world.klass.starts_at, world.klass.ends_at = (
        timezone.now() + dt.timedelta(days=1),
        timezone.now() + dt.timedelta(days=2),
    )
    world.klass.save()
    to_come = client.get(url("roster", world)).context["listing"]

    assert ["completion" in [column.name for column in one.shown] for one in (begun, to_come)] == [True, False]
    asked = client.get(url("roster", world), {"columns": ["student", "completion"]}).context["listing"]
    assert "completion" in [column.name for column in asked.shown]


def test_the_export_is_for_those_who_may_search_enrollments(world, as_):
    Group.objects.get(name=INSTRUCTOR).permissions.remove(Permission.objects.get(codename="search_enrollments"))
    without = as_("instructor")

    page, export = without.get(url("roster", world)), without.get(url("roster", world), {"export": "csv"})

    assert (page.status_code, "export=csv" in page.text, export.status_code) == (200, False, 403)
    assert "export=csv" in as_("administrator").get(url("roster", world)).text


def test_the_filters_of_statuses_of_a_roster_stand_there(world, as_):
    filters = as_("instructor").get(url("roster", world)).context["listing"].filters

    assert [(one.field.name, one.is_active or one.stands) for one in filters] == [
        ("enrollment", True),
        ("completion", True),
        ("eligible", False),
    ]
