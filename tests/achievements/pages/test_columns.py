import pytest

from achievements.pages.columns import possible_ids


@pytest.mark.parametrize(
    ("has_number", "columns"),
    [(True, ["id", "name", "number", "organization"]), (False, ["id", "name", "organization"])],
)
def test_what_an_id_may_stand_for_has_its_number_where_it_has_one(has_number, columns):
    assert [column.name for column in possible_ids(has_number=has_number)] == columns
