import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from operation.models import SweepHint
from tests.achievements.pages.reading import found, messages_of
from tests.factories import PAST, AdministratorFactory, StudentFactory, UserFactory

LIST = reverse("achievements:users")


@pytest.fixture
def student(world, signed_in):
    return signed_in(world.student)


def page(name, person):
    return reverse(f"achievements:{name}", args=[person.pk])


def takes_part(person):
    person.refresh_from_db()
    return person.participates_in_achievements


def test_find_users_finds_those_of_my_organizations(world, administrator):
    assert found(administrator.get(LIST)) == {world.administrator, world.instructor, world.student}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"q": "abe"}, ["Abe"]),
        ({"q": "abe@"}, ["Abe"]),
        ({"participates": "false"}, ["Zoe"]),
        ({"active": "false"}, ["Abe"]),
        ({"last_login_after": "2020-01-01", "q": "special"}, ["Zoe"]),
        ({"sort": "email", "q": "special"}, ["Abe", "Zoe"]),
        ({"sort": "-last_login", "q": "special"}, ["Zoe", "Abe"]),
        ({"sort": "last_login", "q": "special"}, ["Zoe", "Abe"]),
        ({"sort": "-participates", "q": "special"}, ["Abe", "Zoe"]),
    ],
)
def test_find_users_narrows_and_sorts(world, administrator, query, names):
    own = {"organization": world.academy, "last_name": "Special"}
    UserFactory.create(**own, first_name="Abe", email="abe@example.test", is_active=False)
    UserFactory.create(
        **own, first_name="Zoe", email="zoe@example.test", participates_in_achievements=False, last_login=PAST
    )

    response = administrator.get(LIST, query)

    assert [user.first_name for user in response.context["listing"].page] == names


def test_find_users_by_role_and_organization(world, administrator):
    role = Group.objects.get(name="Instructor").pk

    by_role = found(administrator.get(LIST, {"role": role}))
    by_organization = found(administrator.get(LIST, {"organization": world.umbrella.pk}))

    assert (by_role, by_organization) == ({world.instructor}, {world.administrator})


@pytest.mark.parametrize("rows", [1, 3])
def test_find_users_takes_eleven_queries(world, administrator, django_assert_num_queries, rows):
    StudentFactory.create_batch(rows, organization=world.academy)

    with django_assert_num_queries(12):
        administrator.get(LIST)


def test_a_student_says_no_and_comes_back(world, student):
    no = student.post(page("participation", world.student), {"takes_part": "no"}, follow=True)
    after_no = takes_part(world.student)
    yes = student.post(page("participation", world.student), {"takes_part": "yes"}, follow=True)

    assert (after_no, takes_part(world.student)) == (False, True)
    assert messages_of(no) == ["You no longer take part in achievements."]
    assert messages_of(yes) == [
        "You take part in achievements. Everything done so far counts, and is looked at within seconds."
    ]
    assert yes.redirect_chain == [(reverse("achievements:mine"), 302)]


def test_whoever_takes_part_again_is_looked_at_first(world, student):
    student.post(page("participation", world.student), {"takes_part": "yes"})

    assert SweepHint.objects.filter(student_id=world.student.pk).exists()


def test_the_page_says_what_it_means(world, student):
    response = student.get(page("participation", world.student))

    assert "I do not want to participate in achievements" in response.text
    assert "You stop earning achievements and their badges." in response.text
    assert "Achievements and points earned so far are kept, and hidden." in response.text
    assert takes_part(world.student) is True


def test_an_administrator_reads_what_it_means_for_somebody_else(world, administrator):
    response = administrator.get(page("participation", world.student))

    assert f"This is what it means for {world.student}:" in response.text
    assert "You stop earning" not in response.text


@pytest.mark.parametrize("data", [{}, {"takes_part": "perhaps"}])
def test_anything_else_changes_nothing(world, student, data):
    student.post(page("participation", world.student), data)

    assert takes_part(world.student) is True


def test_an_administrator_switches_for_somebody(world, administrator):
    response = administrator.post(page("participation", world.student), {"takes_part": "no"}, follow=True)

    assert takes_part(world.student) is False
    assert messages_of(response) == [f"{world.student} no longer takes part in achievements."]


def test_an_administrator_does_not_switch_for_somebody_mightier(world, administrator):
    mightier = AdministratorFactory.create(organization=world.academy, manages=[world.outside])

    response = administrator.post(page("participation", mightier), {"takes_part": "no"})

    assert (response.status_code, takes_part(mightier)) == (403, True)


def test_nobody_switches_where_the_organization_has_no_achievements(world, student):
    world.academy.achievements_enabled = False
    world.academy.save()

    response = student.post(page("participation", world.student), {"takes_part": "no"}, follow=True)

    assert takes_part(world.student) is True
    assert messages_of(response) == ["Academy does not use achievements."]
    assert page("participation", world.student) not in response.text


def test_the_dialog_leaves_to_the_page_that_opened_it(world, student):
    response = student.post(page("participation", world.student), {"takes_part": "no"}, headers={"HX-Request": "true"})

    assert response["HX-Redirect"] == reverse("achievements:mine")
