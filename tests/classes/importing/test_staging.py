"""What a row refers to, what is wrong with it beside the others, and what a file that lacks a column means."""

import pytest

from classes.models import Class
from courses.models import Course
from organizations.models import Organization, User
from tests.classes.training_files import ATTEMPTS, CLASSES, ENROLLMENTS, FILES, USERS, moment, run
from tests.factories import (
    EnrollmentFactory,
    OrganizationFactory,
    StudentFactory,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("kind", "header", "row"),
    [
        ("users", USERS, "zoe,Acme,"),
        ("attempts", ATTEMPTS, "a1,ana,Acme,L1,,2026-03-02,,,"),
        ("enrollments", ENROLLMENTS, "Acme,K1,ana,2026-03-02,,,"),
        ("classes", CLASSES, "Acme,K2,K,C1,2026-03-02,2026-03-03"),
        ("organizations", "organization", "Acme > Lyon"),
    ],
)
def test_a_row_that_is_there_twice(acme, refused, kind, header, row):
    lines = refused(f"{kind}.csv", f"{header}\n{row}\n{row}\n")

    assert lines == [f"{kind}.csv, line 3: line 2 is about the same row; keep one of the two."]


def test_an_address_that_is_there_twice(acme, refused):
    lines = refused("users.csv", f"{USERS}\nzoe,Acme,one@example.test\nyan,Acme,One@Example.test\n")

    assert lines == [
        "users.csv, line 3, column email: an earlier line of this file has the e-mail address “One@Example.test”."
    ]


def test_names_that_differ_by_case_alone(acme, refused):
    lines = refused("users.csv", f"{USERS}\nPeter,Acme,\npeter,Acme,\nPETER,Acme,\n")

    assert lines == [
        (
            "users.csv, line 3, column username: “peter” differs from the name in an earlier line by case alone; "
            "write both alike."
        ),
        (
            "users.csv, line 4, column username: “PETER” differs from the name in an earlier line by case alone; "
            "write both alike."
        ),
    ]


def test_an_account_that_is_named_by_its_address_keeps_it(acme, refused):
    StudentFactory.create(organization=acme, username="ivo@example.test", email="ivo@example.test")

    lines = refused("users.csv", f"{USERS}\nivo@example.test,Acme,new@example.test\n")

    assert lines == [
        (
            "users.csv, line 2, column username: “ivo@example.test” holds an @; take it out, or give the account this "
            "e-mail address."
        )
    ]


def test_a_course_file_without_the_column_keeps_the_content_provider(write):
    run(write(**FILES))

    run(write(courses="organization,number,name\nAcme,C1,Forging\n"))

    assert list(Course.objects.values_list("name", "content_provider__name")) == [("Forging", "Forge Press")]


def test_a_class_that_exists_keeps_a_course_that_was_archived(write):
    run(write(**FILES))
    Course.objects.update(is_archived=True)

    run(write(classes=FILES["classes"].replace("Welding in Lyon", "Forging in Lyon")))

    assert Class.objects.get().name == "Forging in Lyon"


def test_a_column_that_is_not_there_keeps_what_is(write):
    run(write(**FILES))

    run(write(users="username,organization,last_name\nivo,Acme,Newname\nana,Acme > Lyon,Example\n"))

    ivo = User.objects.get(username="ivo")
    assert (ivo.first_name, ivo.last_name, ivo.email) == ("Ivo", "Newname", "ivo@example.test")


def test_an_empty_cell_means_the_default(write):
    run(write(**FILES))

    run(write(organizations="organization,time_zone\nAcme,\n"))

    assert Organization.objects.get(name="Acme").time_zone == "UTC"


def test_names_are_told_apart_by_their_place_in_the_tree(write):
    for name in ("Acme", "Other"):
        OrganizationFactory.create(name="Lyon", parent=OrganizationFactory.create(name=name))

    run(write(users="username,organization\nana,Other > Lyon\n"))

    assert User.objects.get(username="ana").organization.parent == Organization.objects.get(name="Other")


def test_rows_that_the_pages_made_are_found_again(write):
    enrollment = EnrollmentFactory.create(
        klass__organization__name="Acme", klass__number="K1", student__username="ana", completed_at=None
    )

    lines = run(write(enrollments="organization,class,username,enrolled_at\nAcme,K1,ana,2026-02-01\n"))

    enrollment.refresh_from_db()
    assert lines[-1] == "1 row written."
    assert enrollment.enrolled_at == moment("2026-02-01")


def test_an_address_that_its_account_gives_up_in_the_same_file_is_free(write):
    acme = OrganizationFactory.create(name="Acme")
    StudentFactory.create(organization=acme, username="ana", email="shared@example.test")

    run(write(users="username,organization,email\nana,Acme,ana@example.test\nivo,Acme,Shared@example.test\n"))

    assert list(User.objects.order_by("username").values_list("email", flat=True)) == [
        "ana@example.test",
        "Shared@example.test",
    ]
