import threading

import pytest
from django.db import connection

from listing import saving
from listing.models import SavedView
from tests.factories import SavedViewFactory, UserFactory


def test_a_copy_has_the_next_name_that_is_free_and_no_longer_than_a_name_is(db):
    owner, view = UserFactory.create(), SavedViewFactory.create(name="W" * 200)

    names = [saving.copy_view(view, owner).name for _time in range(3)]

    assert names == ["W" * 200, f"{'W' * 196} (2)", f"{'W' * 196} (3)"]


def test_replacing_keeps_the_name_as_it_was_first_written(db):
    owner = UserFactory.create()
    saving.save_view(owner, page_name="badges:issued", name="Failed", query="q=a")

    view = saving.save_view(owner, page_name="badges:issued", name="FAILED", query="q=b", replaces=True)

    assert (view.name, view.query, SavedView.objects.count()) == ("Failed", "q=b", 1)


@pytest.mark.django_db(transaction=True)
def test_two_presses_at_the_same_moment_save_one_view():
    owner = UserFactory.create()
    start, outcomes = threading.Barrier(2), []

    def press() -> None:
        start.wait(timeout=30)
        try:
            outcomes.append(saving.save_view(owner, page_name="badges:issued", name="Mine", query="").name)
        except saving.NameTakenError:
            outcomes.append("taken")
        finally:
            connection.close()

    threads = [threading.Thread(target=press) for _time in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert sorted(outcomes) == ["Mine", "taken"]
