from datetime import timedelta
from threading import Thread

import pytest
from django.db import connection
from django.http import QueryDict
from django.utils import timezone

from badges.models import IssuanceBatch
from classes.models import Selection
from classes.selecting import (
    KEPT,
    Edit,
    address_of,
    change,
    clear_selections,
    is_kept,
    key_of,
    page_again,
    pairs_again,
    selection_at,
)
from listing.chosen import MOST_AT_ONCE
from tests.factories import IssuanceItemFactory

SECOND = timedelta(seconds=1)


def select(world, *, at=None, **ids):
    return Selection.objects.create(
        user=world.contractor, klass=world.klass, updated_at=at or timezone.now(), **{"badge_ids": [], **ids}
    )


def at_address(world, query):
    return selection_at(QueryDict(query), world.klass, world.contractor)


def test_an_address_without_a_row_is_a_selection_that_nothing_keeps_yet(world):
    found = at_address(world, "badges=1&students=2&students=3&students=x")

    assert (found.badge_ids, found.student_ids, is_kept(found)) == ([1], [2, 3], False)
    assert address_of(found) == "badges=1&students=2&students=3"


def test_a_row_is_what_its_address_names(world):
    row = select(world, student_ids=[3])

    found = at_address(world, f"selection={row.pk}&students=9")

    assert (found, found.student_ids, address_of(found)) == (row, [3], f"selection={row.pk}")


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (Edit(of="student_ids", chosen=[9, 8]), [9, 8]),
        (Edit(of="student_ids", chosen=[]), []),
        (Edit(of="student_ids", taken_off={2, 7}), [1, 3]),
        (Edit(of="badge_ids", chosen=[5]), [1, 2, 3]),
        (Edit(of="student_ids", chosen=range(MOST_AT_ONCE + 5)), list(range(MOST_AT_ONCE))),
    ],
)
def test_an_edit_changes_one_list(world, edit, expected):
    row = select(world, student_ids=[1, 2, 3])

    change(row, [edit], at=timezone.now())

    assert Selection.objects.get().student_ids == expected


def test_a_change_makes_the_row_and_moves_its_time(world):
    at = timezone.now() - timedelta(days=3)

    kept = change(at_address(world, "badges=1"), [Edit(of="student_ids", chosen=[2])], at=at)

    assert list(Selection.objects.values_list("pk", "badge_ids", "student_ids", "updated_at")) == [
        (kept.pk, [1], [2], at)
    ]


def test_what_was_issued_in_between_can_be_chosen_anew(world):
    row = select(world, student_ids=[1])
    Selection.objects.all().delete()

    change(row, [Edit(of="student_ids", taken_off=[1])], at=timezone.now())

    assert Selection.objects.get().student_ids == []


@pytest.mark.django_db(transaction=True)
def test_of_two_presses_at_once_neither_is_lost(world):
    row = select(world, student_ids=list(range(20)))

    def take_off(pk):
        change(Selection.objects.get(pk=row.pk), [Edit(of="student_ids", taken_off=[pk])], at=timezone.now())
        connection.close()

    threads = [Thread(target=take_off, args=[pk]) for pk in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Selection.objects.get().student_ids == list(range(8, 20))


def test_what_nobody_touched_for_long_is_cleared_away(world):
    at = timezone.now()
    select(world, at=at - KEPT - SECOND)
    recent = select(world, at=at - KEPT + SECOND)

    clear_selections(at=at)
    clear_selections(at=at)

    assert list(Selection.objects.all()) == [recent]


@pytest.mark.parametrize("word", ["", "x", "7f2c1a52"])
def test_a_key_is_one_or_none(word):
    assert key_of(word) is None


def issued(world, **fields):
    item = IssuanceItemFactory.create(
        batch__via="roster", batch__source_id=world.klass.pk, batch__issued_by=world.contractor, **fields
    )
    return item.batch, item


def test_what_was_issued_is_chosen_again_at_an_address_of_its_own(world):
    batch, item = issued(world)

    found = at_address(world, f"again={batch.pk}&badges=9")

    assert (found.badge_ids, found.student_ids, is_kept(found)) == ([item.badge_id], [item.student_id], False)
    assert (pairs_again(found), address_of(found)) == ({(item.badge_id, item.student_id)}, f"again={batch.pk}")
    kept = change(found, [Edit(of="student_ids", taken_off=[item.student_id])], at=timezone.now())
    assert (kept.student_ids, address_of(kept)) == ([], f"selection={kept.pk}")


@pytest.mark.parametrize("other", ["batch__issued_by", "batch__source_id", "word"])
def test_of_somebody_else_from_elsewhere_or_nonsense_nothing_is_chosen(world, other):
    batch, _item = issued(world)
    if other == "batch__issued_by":
        IssuanceBatch.objects.update(issued_by=world.instructor)
    elif other == "batch__source_id":
        IssuanceBatch.objects.update(source_id=world.klass.pk + 1)

    found = at_address(world, f"again={'x' if other == 'word' else batch.pk}")

    assert (found.badge_ids, found.student_ids, pairs_again(found)) == ([], [], set())


def test_the_page_to_choose_again_keeps_where_on_it_one_was(rf, world):
    batch, _item = issued(world)

    page = page_again(rf.get("/classes/1/wrap-up/", {"page": 2, "selection": "x", "badges": [1, 2]}), batch)

    assert page == f"/classes/1/wrap-up/?page=2&again={batch.pk}"
