from collections import Counter

from tms.demo.names import TRYING, everybody
from tms.demo.people import PLACES


def test_there_is_a_name_for_every_student_and_none_twice():
    names = everybody()

    assert len(names) >= sum(place.students for place in PLACES)
    assert [name for name, times in Counter(names).items() if times > 1] == []


def test_the_order_is_always_the_same_and_mixes_where_names_come_from():
    names = everybody()

    assert names == everybody()
    assert len({name.last for name in names[:12]}) > 10


def test_names_that_try_a_page_come_early_so_that_every_list_has_some():
    names = everybody()

    assert [names.index(name) for name in TRYING] == [3, 12, 21, 30, 39, 48, 57]
