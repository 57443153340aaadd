"""What the list of users says of each person."""

from django.contrib.auth.models import Group
from django.urls import reverse

from achievements.pages.people_columns import roles_of
from tests.factories import PAST, AchievementFactory, EarnedAchievementFactory, IssuedBadgeFactory, UserFactory

LIST = reverse("achievements:users")


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


def test_roles_are_named_in_the_order_of_the_alphabet(world):
    user = UserFactory.create(organization=world.academy)
    nobody = UserFactory.create(organization=world.academy)
    user.groups.set(Group.objects.filter(name__in=["Student", "Administrator"]))

    assert (roles_of(user), roles_of(nobody)) == ("Administrator, Student", "")
