import pytest
from django.contrib.auth.models import Group, Permission
from django.utils import translation

from organizations.roles import ADMINISTRATOR, INSTRUCTOR, PERMISSIONS, STUDENT, install_roles, role_name

pytestmark = pytest.mark.django_db


def permissions_of(role):
    rows = Permission.objects.filter(group__name=role)
    return {f"{app}.{name}" for app, name in rows.values_list("content_type__app_label", "codename")}


@pytest.mark.parametrize("role", [STUDENT, INSTRUCTOR, ADMINISTRATOR])
def test_each_role_may_what_is_written(role):
    assert permissions_of(role) == set(PERMISSIONS[role])


def test_what_a_role_lost_comes_back_and_what_it_was_given_stays():
    role, extra = Group.objects.get(name=INSTRUCTOR), Permission.objects.get(codename="view_badge")
    role.permissions.set([extra])

    for _time in range(2):
        install_roles()

    assert permissions_of(INSTRUCTOR) == {*PERMISSIONS[INSTRUCTOR], "badges.view_badge"}


def test_a_role_that_was_deleted_is_made_again():
    Group.objects.all().delete()

    install_roles()

    assert sorted(Group.objects.values_list("name", flat=True)) == sorted(PERMISSIONS)


def test_nobody_but_an_administrator_changes_what_others_have():
    assert [name for name in PERMISSIONS[INSTRUCTOR] if ".add_" in name or ".delete_" in name] == []
    assert [name for name in PERMISSIONS[ADMINISTRATOR] if "_group" in name or "delete_user" in name] == []


@pytest.mark.parametrize(("language", "word"), [("en", "Instructor"), ("de", "Lehrkraft")])
def test_a_role_is_called_by_its_word_and_a_group_by_its_name(language, word):
    with translation.override(language):
        assert (role_name(INSTRUCTOR), role_name("Registrars")) == (word, "Registrars")
