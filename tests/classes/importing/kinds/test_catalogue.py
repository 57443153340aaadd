"""Files of organizations, users, labs and courses: what they write, and which rows they refuse."""

import pytest

from courses.models import ContentProvider, Course, Lab, PublishingGroup
from organizations.models import Organization, User
from tests.classes.training_files import FILES, USERS, run
from tests.factories import OrganizationFactory

pytestmark = pytest.mark.django_db

SCORES = "attempt,username,organization,lab,course,started_at,score,max_score"

WRONG_ROWS = [
    ("organizations", "organization,time_zone", "Acme > ,UTC", "organization", "“Acme >” has an empty name"),
    ("organizations", "organization,time_zone", "Nowhere > Lyon,", "organization", "no organization “Nowhere” to put"),
    ("organizations", "organization,time_zone", "Acme,Mars/Base", "time_zone", "“Mars/Base” is not a time zone"),
    ("organizations", "organization,time_zone", "Acme,../../etc/passwd", "time_zone", "is not a time zone"),
    ("users", USERS, ",Acme,", "username", "it is empty"),
    ("users", USERS, "a b,Acme,", "username", "“a b” is not a user name"),
    ("users", USERS, f"{'a' * 151},Acme,", "username", "it has 151 characters; 150 fit"),
    ("users", USERS, "ANA,Acme,", "username", "“ANA” differs from the name of an account by case alone"),
    ("users", USERS, "ａＮａ,Acme,", "username", "“aNa” differs from the name of an account by case alone"),
    ("users", USERS, "ana@example.test,Acme,", "username", "“ana@example.test” holds an @; take it out"),
    ("users", USERS, "zoe@example.test,Acme,zoe@example.org", "username", "“zoe@example.test” holds an @"),
    ("users", "username,organization", "zoe@example.test,Acme", "username", "“zoe@example.test” holds an @"),
    ("users", USERS, "1.23457E+12,Acme,", "username", "“1.23457E+12” looks like a number that lost digits"),
    ("users", USERS, "zoe,Umbra,", "organization", "no organization “Umbra”"),
    ("users", USERS, "zoe,Acme,zoe@", "email", "“zoe@” is not an e-mail address"),
    ("users", USERS, "zoe,Acme,ANA@example.test", "email", "another account has the e-mail address “ANA@example.test”"),
    ("users", "username,organization,roles", "zoe,Acme,Boss", "roles", "“Boss” is not one of: Student, Instructor"),
    ("users", "username,organization,roles", "zoe,Acme,Student||", "roles", "an empty item between two |"),
    (
        "users",
        "username,organization,first_name",
        'zoe,Acme,"Z\noe"',
        "first_name",
        "line break or a control character",
    ),
    ("users", "username,organization,first_name", "zoe,Acme,Z\u202eeoz", "first_name", "a control character"),
    ("users", "username,organization,is_active", "zoe,Acme,maybe", "is_active", "“maybe” is neither true nor false"),
    ("labs", "organization,number,name,passing_score", "Acme,L2,Lab,101", "passing_score", "from 0 to 100"),
    (
        "labs",
        "organization,number,name,passing_score",
        "Acme,L2,Lab,1e2",
        "passing_score",
        "“1e2” is not a whole number",
    ),
    ("labs", "organization,number,name,passing_score", "Acme,L2,Lab,٣", "passing_score", "is not a whole number"),
    (
        "courses",
        "organization,number,name,description",
        "Acme,C2,C,a\x07",
        "description",
        "it holds a control character",
    ),
]


@pytest.mark.parametrize(("kind", "header", "row", "column", "message"), WRONG_ROWS)
def test_a_wrong_row_is_named_with_line_and_column(said_of_row, kind, header, row, column, message):
    said = said_of_row(kind, header, row)

    assert said.startswith(f"{kind}.csv, line 3, column {column}: ")
    assert message in said


USERS = "username,organization,email"


def test_import_writes_organizations_with_their_parents(write):
    run(write(organizations=FILES["organizations"]))

    rows = Organization.objects.order_by("name").values_list("name", "parent__name", "time_zone")
    assert list(rows) == [("Acme", None, "America/Denver"), ("Lyon", "Acme", "Europe/Paris")]


def test_import_writes_users_with_their_roles_and_no_password(write):
    run(write(**FILES))

    users = User.objects.order_by("username")
    assert [(u.username, str(u), u.email, u.organization.name) for u in users] == [
        ("ana", "Ana Example", "ana@example.test", "Lyon"),
        ("ivo", "Ivo Example", "ivo@example.test", "Acme"),
    ]
    assert [sorted(user.groups.values_list("name", flat=True)) for user in users] == [
        ["Student"],
        ["Instructor", "Student"],
    ]
    assert [user.has_usable_password() for user in users] == [False, False]
    assert len({user.password for user in users} | {user.earner_id for user in users}) == 4


def test_import_writes_labs_and_courses_with_their_tags(write):
    run(write(**FILES))

    labs = Lab.objects.order_by("number").values_list("number", "name", "is_exam", "passing_score")
    course = Course.objects.get()
    assert list(labs) == [("L1", "First lab", False, None), ("L2", "Exam", True, 70)]
    assert (course.number, course.name, course.description) == ("C1", "Welding, basics", "Two\nlines")
    assert sorted(course.tags.values_list("name", flat=True)) == ["hot work", "metal"]


def test_import_makes_the_content_provider_and_the_publishing_group_of_a_course(write):
    run(write(**FILES))
    run(write(courses=FILES["courses"] + "Acme,C2,Soldering,,Forge Press,Acme courses|Night school,\n"))

    by_course = ContentProvider.objects.order_by("courses__number")
    assert list(by_course.values_list("name", "organization__name", "courses__number")) == [
        ("Forge Press", "Acme", "C1"),
        ("Forge Press", "Acme", "C2"),
    ]
    groups = PublishingGroup.objects.order_by("name", "publishes_to__name")
    assert list(groups.values_list("name", "publishes_to__name")) == [
        ("Acme courses", "Acme"),
        ("Acme courses", "Lyon"),
        ("Night school", "Acme"),
        ("Night school", "Lyon"),
    ]


def test_a_user_name_is_kept_as_it_is_typed_to_sign_in(write):
    run(write(organizations="organization\nAcme\n", users=f"{USERS}\nｎｏａ,Acme,\nnoa@x.test,Acme,Noa@x.test\n"))

    assert sorted(User.objects.values_list("username", flat=True)) == ["noa", "noa@x.test"]


def test_hostile_content_stays_text(write):
    name = "=cmd|' /C calc'!A0 <script>alert(1)</script> '; DROP TABLE organizations_user; -- %s {0} \\N"
    OrganizationFactory.create(name="Acme")

    run(write(labs=f'organization,number,name\nAcme,\\.,"{name}"\nAcme,\\N,NULL\n'))

    assert list(Lab.objects.order_by("name").values_list("number", "name")) == [("\\.", name), ("\\N", "NULL")]
