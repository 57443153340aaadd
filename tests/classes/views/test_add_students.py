"""The Add Students dialog, and what the roster shows afterwards."""

import re
from urllib.parse import parse_qs, urlparse

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from classes.models import Enrollment
from tests.classes.views.addresses import HTMX, url
from tests.factories import ClassFactory, EnrollmentFactory, StudentFactory

Status = Enrollment.Status


def text_of(response):
    return response.content.decode()


@pytest.fixture
def ada(world):
    return StudentFactory.create(organization=world.academy, first_name="Ada", last_name="Park")


@pytest.fixture
def bo(world):
    return StudentFactory.create(organization=world.academy, first_name="Bo", last_name="Quist")


def add(client, world, *students, status=Status.ENROLLED, **kwargs):
    data = {"students": [student.pk for student in students], "status": status}
    return client.post(url("add_students", world), data, **kwargs)


# The dialog


@pytest.mark.parametrize("rows", [1, 3])
def test_the_dialog_takes_as_many_queries_for_one_student_as_for_three(world, as_, django_assert_num_queries, rows):
    StudentFactory.create_batch(rows, organization=world.academy)
    client = as_("administrator")

    with django_assert_num_queries(11):
        response = client.get(url("add_students", world), {"q": "Sam"})

    assert response.context["listing"].count == rows


def test_it_is_a_dialog_for_htmx_and_a_page_without(world, as_):
    client = as_("administrator")

    page = text_of(client.get(url("add_students", world)))
    dialog = text_of(client.get(url("add_students", world), headers=HTMX))

    assert ("<html" in page, "<html" in dialog) == (True, False)
    assert ('id="dialog-title"' in page, 'id="dialog-title"' in dialog) == (True, True)


def test_it_offers_whom_the_administrator_sees_but_those_on_the_roster(world, as_, ada):
    StudentFactory.create(organization=world.outside)

    response = as_("administrator").get(url("add_students", world))

    assert set(response.context["listing"].page) == {ada, world.administrator, world.instructor}


def test_it_searches_by_name(world, as_, ada, bo):
    response = as_("administrator").get(url("add_students", world), {"q": "park ad"})

    assert list(response.context["listing"].page) == [ada]


def test_it_says_how_many_seats_are_free(world, as_):
    assert "Free seats: 18 of 20. Only Enrolled takes one." in text_of(
        as_("administrator").get(url("add_students", world))
    )


def test_it_offers_the_statuses_that_a_line_may_begin_with(world, as_):
    form = as_("administrator").get(url("add_students", world)).context["form"]

    assert [label for _value, label in form.fields["status"].choices] == [
        "Enrolled",
        "Requested",
        "Wait-Listed",
        "Approved",
        "Audit",
    ]


def test_without_the_permission_it_is_refused(world, as_, ada):
    Permission.objects.get(codename="add_enrollment").group_set.clear()

    response = add(as_("administrator"), world, ada)

    assert response.status_code == 403
    assert not Enrollment.objects.filter(student=ada).exists()


def test_somebody_who_teaches_the_class_without_managing_it_is_refused(world, as_, ada):
    world.contractor.user_permissions.add(Permission.objects.get(codename="add_enrollment"))

    assert add(as_("contractor"), world, ada).status_code == 403


# Adding


def test_adding_leads_to_the_roster_where_the_new_lines_are_marked(world, as_, ada):
    response = add(as_("administrator"), world, ada, follow=True)

    page = text_of(response)
    assert urlparse(response.redirect_chain[0][0]).path == url("roster", world)
    assert "1 student was added as Enrolled." in page
    assert re.findall(r">\s*([\w ]+\w)\s*</(?:a|span)>\s+<span class=\"pill info plain\">New</span>", page) == [
        "Ada Park"
    ]


def test_with_htmx_the_whole_page_goes_to_the_roster(world, as_, ada):
    response = add(as_("administrator"), world, ada, headers=HTMX)

    assert response.status_code == 200
    goes_to = urlparse(response["HX-Redirect"])
    assert (goes_to.path, list(parse_qs(goes_to.query))) == (url("roster", world), ["added"])


def test_successes_and_failures_are_told_separately(world, as_, ada, bo):
    world.klass.max_students = 3
    world.klass.save()

    page = text_of(add(as_("administrator"), world, world.student, bo, ada, follow=True))

    assert "1 student was added as Enrolled." in page
    assert "Not added: Bo Quist. The class is full: its maximum is 3." in page
    assert f"Not added: {world.student}. Already on the roster." in page


def test_a_full_class_still_takes_a_wait_list(world, as_, ada, bo):
    world.klass.max_students = 2
    world.klass.save()

    page = text_of(add(as_("administrator"), world, ada, bo, status=Status.WAIT_LISTED, follow=True))

    assert "2 students were added as Wait-Listed." in page


def test_a_student_of_another_organization_is_refused_like_a_missing_one(world, as_, ada):
    forged = StudentFactory.create(organization=world.outside, last_name="Canary")

    response = add(as_("administrator"), world, ada, forged)

    assert response.status_code == 422
    assert "A student you chose can no longer be added here. Choose again." in text_of(response)
    assert "Canary" not in text_of(response)
    assert not Enrollment.objects.filter(student__in=[ada, forged]).exists()


def test_an_account_switched_off_meanwhile_is_refused(world, as_, ada):
    ada.is_active = False
    ada.save()

    assert add(as_("administrator"), world, ada).status_code == 422


@pytest.mark.parametrize("word", ["", "x", "-1", "9" * 40, "1\x00"])
def test_nonsense_for_a_student_is_refused(world, as_, word):
    response = as_("administrator").post(url("add_students", world), {"students": word, "status": "enrolled"})

    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["students"]


def test_no_choice_is_an_error_in_words(world, as_):
    response = add(as_("administrator"), world, headers=HTMX)

    assert response.status_code == 422
    assert "Choose at least one student." in text_of(response)


@pytest.mark.parametrize("status", [Status.CANCELLED, Status.DENIED, "famous", ""])
def test_a_status_that_no_line_begins_with_is_refused(world, as_, ada, status):
    assert add(as_("administrator"), world, ada, status=status).status_code == 422
    assert not Enrollment.objects.filter(student=ada).exists()


def test_more_fields_than_the_form_has_change_nothing(world, as_, ada):
    other = ClassFactory.create(organization=world.outside)
    data = {"students": ada.pk, "status": "enrolled", "klass": other.pk, "completion_status": "complete"}

    as_("administrator").post(url("add_students", world), data)

    line = Enrollment.objects.get(student=ada)
    assert (line.klass_id, line.completion_status) == (world.klass.pk, Enrollment.Completion.UNKNOWN)


# The roster's links and marks


@pytest.mark.parametrize("words", ["", "yesterday", "2026-13-01T00:00", "2026-03-02", "\x00"])
def test_nonsense_about_what_is_new_marks_nothing(world, as_, words):
    response = as_("administrator").get(url("roster", world), {"added": words})

    assert response.status_code == 200
    assert ">New<" not in text_of(response)


def test_lines_that_others_added_meanwhile_are_not_marked(world, as_, ada, bo):
    response = add(as_("administrator"), world, ada)
    EnrollmentFactory.create(klass=world.klass, student=bo, enrolled_at=timezone.now())

    page = text_of(as_("administrator").get(response["Location"]))

    assert page.count(">New<") == 1


@pytest.mark.parametrize(("persona", "sees"), [("administrator", True), ("instructor", False), ("contractor", False)])
def test_add_students_and_edit_are_for_who_may(world, as_, persona, sees):
    page = text_of(as_(persona).get(url("roster", world)))

    edit = reverse("admin:classes_class_change", args=[world.klass.pk])
    assert (url("add_students", world) in page, f'href="{edit}"' in page) == (sees, sees)


def test_edit_needs_the_way_into_the_admin(world, as_):
    world.administrator.is_staff = False
    world.administrator.save()

    assert "/admin/classes/class/" not in text_of(as_("administrator").get(url("roster", world)))


def test_an_empty_roster_can_be_added_to(world, as_):
    Enrollment.objects.all().delete()

    page = text_of(as_("administrator").get(url("roster", world)))

    assert "No student enrollments found." in page
    assert url("add_students", world) in page


@pytest.mark.parametrize("rows", [1, 3])
def test_the_roster_of_an_administrator_takes_as_many_queries_for_one_line_as_for_three(
    world, as_, django_assert_num_queries, rows
):
    Enrollment.objects.all().delete()
    EnrollmentFactory.create_batch(rows, klass=world.klass)
    client = as_("administrator")

    with django_assert_num_queries(19):
        response = client.get(url("roster", world))

    assert response.context["listing"].count == rows


def test_to_search_or_to_turn_the_page_adds_nobody_and_keeps_the_status(world, as_):
    ada = StudentFactory.create(organization=world.academy, last_name="Aabye")
    data = {"students": ada.pk, "status": "wait_listed", "q": "aab", "list_search": ""}

    response = as_("administrator").post(url("add_students", world), data)

    found = response.context["listing"]
    assert (response.status_code, [row.pk for row in found.page], list(found.chosen)) == (200, [ada.pk], [str(ada.pk)])
    assert '<option value="wait_listed" selected>' in response.content.decode()
    assert not world.klass.enrollments.filter(student=ada).exists()


def test_those_ticked_on_other_pages_are_added_too(world, as_):
    people = StudentFactory.create_batch(3, organization=world.academy)
    ids = [person.pk for person in people]
    data = {"students": [f"{ids[0]},{ids[1]}", ids[2], ""], "status": "requested"}

    as_("administrator").post(url("add_students", world), data)

    assert world.klass.enrollments.filter(student__in=ids).count() == 3
