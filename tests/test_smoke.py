from io import StringIO

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command


@pytest.mark.django_db
def test_roles_exist_after_migrate():
    assert sorted(Group.objects.values_list("name", flat=True)) == ["Administrator", "Instructor", "Student"]


@pytest.mark.django_db
def test_migrations_say_what_the_models_say():
    output = StringIO()

    call_command("makemigrations", "--dry-run", stdout=output)

    assert output.getvalue() == "No changes detected\n", "run manage.py makemigrations"


def test_world(world, signed_in):
    assert signed_in(world.administrator).get("/admin/").status_code == 200
