import pytest
from django.contrib.auth.models import Group, Permission
from django.urls import reverse

from operation.models import SweepHint
from organizations.models import Organization, User
from tests.achievements.pages.reading import messages_of
from tests.factories import (
    PAST,
    AchievementFactory,
    AdministratorFactory,
    EarnedAchievementFactory,
    IssuedBadgeFactory,
    OrganizationFactory,
    StudentFactory,
    UserFactory,
)

LIST = reverse("achievements:users")


@pytest.fixture
def student(world, signed_in):
    return signed_in(world.student)


def page(name, person):
    return reverse(f"achievements:{name}", args=[person.pk])


def found(response):
    return set(response.context["listing"].page)


def takes_part(person):
    person.refresh_from_db()
    return person.participates_in_achievements


def test_find_users_finds_those_of_my_organizations(world, administrator):
    assert found(administrator.get(LIST)) == {world.administrator, world.instructor, world.student}


def test_find_users_by_achievement_lists_all_of_mine_who_earned_it(world, administrator):
    achievement = AchievementFactory.create(organization=world.academy, is_global=True)
    for nth in (1, 2):
        EarnedAchievementFactory.create(achievement=achievement, user=world.student, nth=nth)
    EarnedAchievementFactory.create(achievement=achievement, user=world.guest)
    EarnedAchievementFactory.create(user=world.instructor)

    assert found(administrator.get(LIST, {"achievement": achievement.pk})) == {world.student}


@pytest.mark.parametrize(
    ("owner", "more", "is_choice"),
    [
        ("root", {"is_global": True}, True),
        ("root", {"is_global": True, "is_enabled": False}, False),
        ("root", {}, False),
        ("outside", {"is_global": True}, False),
        ("outside", {"is_global": True, "reaches_all_trees": True}, True),
        ("academy", {"is_enabled": False}, True),
    ],
)
def test_achievements_of_others_are_a_choice_when_they_are_global_and_enabled(
    world, administrator, owner, more, is_choice
):
    root = OrganizationFactory.create()
    Organization.objects.filter(pk=world.umbrella.pk).update(parent=root)
    organization = root if owner == "root" else getattr(world, owner)
    achievement = AchievementFactory.create(organization=organization, **more)

    response = administrator.get(LIST, {"achievement": achievement.pk})

    assert response.context["listing"].filterset.is_valid() is is_choice


def test_what_mine_earned_elsewhere_is_a_choice(world, administrator):
    theirs, unseen = AchievementFactory.create_batch(2, organization=world.outside)
    EarnedAchievementFactory.create(achievement=theirs, user=world.student)
    EarnedAchievementFactory.create(achievement=theirs, user=world.guest)
    EarnedAchievementFactory.create(achievement=unseen, user=world.stranger)

    response = administrator.get(LIST, {"achievement": theirs.pk})

    choices = response.context["listing"].filterset.form.fields["achievement"].queryset
    assert (list(choices), found(response)) == ([theirs], {world.student})


def test_who_may_not_see_what_was_earned_cannot_search_by_it(world, signed_in):
    achievement = AchievementFactory.create(name="Diver", organization=world.academy)
    EarnedAchievementFactory.create(achievement=achievement, user=world.student)
    viewer = UserFactory.create(organization=world.academy, manages=[world.academy])
    viewer.user_permissions.add(Permission.objects.get(codename="view_user", content_type__app_label="organizations"))

    response = signed_in(viewer).get(LIST, {"achievement": achievement.pk, "columns": ["name", "achievements"]})

    listing = response.context["listing"]
    assert ([one.field.name for one in listing.filters], [column.name for column in listing.shown]) == (
        ["organization", "role", "participates", "active", "last_login"],
        ["name", "actions"],
    )
    assert found(response) == {world.instructor, world.student, viewer}
    assert "Diver" not in response.text


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


def test_find_users_exports(world, administrator):
    IssuedBadgeFactory.create(student=world.student)
    IssuedBadgeFactory.create(student=world.student, status="revoked", revoked_at=PAST)
    achievement = AchievementFactory.create(organization=world.academy)
    for nth in (1, 2):
        EarnedAchievementFactory.create(achievement=achievement, user=world.student, nth=nth)
    columns = ["name", "email", "organization", "roles", "participates", "achievements", "badges", "last_login"]
    query = {"export": "csv", "q": world.student.username, "columns": columns}

    response = administrator.get(LIST, query)

    assert response.getvalue().decode() == (
        "\ufeffName,E-mail address,Organization,Roles,Participates,Achievements,Badges,Last sign-in\r\n"
        f"{world.student},{world.student.email},Academy,Student,Yes,1,1,\r\n"
    )


@pytest.mark.parametrize("rows", [1, 3])
def test_find_users_takes_eleven_queries(world, administrator, django_assert_num_queries, rows):
    StudentFactory.create_batch(rows, organization=world.academy)

    with django_assert_num_queries(11):
        administrator.get(LIST)


def test_the_page_of_a_user_tells_the_facts(world, administrator):
    response = administrator.get(page("user", world.student))

    assert (response.context["roles"], response.context["held_count"]) == (["Student"], 0)
    assert page("of", world.student) in response.text


@pytest.mark.parametrize(
    ("person", "organization", "label"),
    [(True, True, "Achievements"), (False, True, "Badges"), (True, False, "Badges")],
)
def test_the_toolbar_has_achievements_where_both_sides_take_part(world, administrator, person, organization, label):
    User.objects.filter(pk=world.student.pk).update(participates_in_achievements=person)
    world.academy.achievements_enabled = organization
    world.academy.save()

    response = administrator.get(page("user", world.student))

    toolbar = response.text.split('class="launch-bar"')[1].split("</a>")[0]
    assert f"<span>{label}</span>" in toolbar


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_of_a_user_takes_thirteen_queries(world, administrator, django_assert_num_queries, number):
    IssuedBadgeFactory.create_batch(number, student=world.student)

    with django_assert_num_queries(13):
        administrator.get(page("user", world.student))


def test_a_student_says_no_and_comes_back(world, student):
    no = student.post(page("participation", world.student), {"takes_part": "no"}, follow=True)
    after_no = takes_part(world.student)
    yes = student.post(page("participation", world.student), {"takes_part": "yes"}, follow=True)

    assert (after_no, takes_part(world.student)) == (False, True)
    assert messages_of(no) == ["You do not take part in achievements any more."]
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
    assert "Achievements and points earned so far are kept, and hidden." in response.text
    assert takes_part(world.student) is True


@pytest.mark.parametrize("data", [{}, {"takes_part": "perhaps"}])
def test_anything_else_changes_nothing(world, student, data):
    student.post(page("participation", world.student), data)

    assert takes_part(world.student) is True


def test_an_administrator_switches_for_somebody(world, administrator):
    response = administrator.post(page("participation", world.student), {"takes_part": "no"}, follow=True)

    assert takes_part(world.student) is False
    assert messages_of(response) == [f"{world.student} does not take part in achievements any more."]


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
