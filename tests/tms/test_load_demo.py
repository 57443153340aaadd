import threading

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.utils import timezone

from organizations.models import User
from tests.factories import UserFactory
from tms.demo.loading import is_loaded, load
from tms.demo.people import add_people


@pytest.mark.django_db
def test_load_demo_loads_around_today(capsys):
    call_command("load_demo", "--once")

    assert capsys.readouterr().out.startswith("Demo data loaded in ")
    assert is_loaded()


@pytest.mark.django_db
def test_load_demo_is_refused_in_production(settings):
    settings.PRODUCTION = True

    with pytest.raises(CommandError, match="not for production"):
        call_command("load_demo")

    assert User.objects.count() == 0


@pytest.mark.django_db
def test_load_demo_leaves_a_database_alone_whose_accounts_have_its_names():
    UserFactory.create(username="admin")

    with pytest.raises(CommandError, match="admin"):
        call_command("load_demo", "--once")

    assert User.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_that_load_at_once_load_it_once():
    at = timezone.now()
    barrier = threading.Barrier(2)
    answers: list[bool] = []

    def run() -> None:
        try:
            barrier.wait(timeout=60)
            answers.append(load(at=at))
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=600)

    assert sorted(answers) == [False, True]
    assert User.objects.filter(username="admin").count() == 1


@pytest.mark.django_db
def test_load_demo_says_that_it_is_there(capsys):
    add_people(timezone.now())

    call_command("load_demo")

    assert capsys.readouterr().out == "The demo data is here already; nothing was changed.\n"


@pytest.mark.django_db
def test_load_demo_once_is_quiet_when_it_is_there(capsys):
    add_people(timezone.now())

    call_command("load_demo", "--once")

    assert capsys.readouterr().out == ""
