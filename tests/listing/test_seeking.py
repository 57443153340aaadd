import pytest
from django.utils import timezone

from listing.columns import Column
from listing.seeking import Key, beyond, ordering_of
from organizations.models import User
from tests.factories import OrganizationFactory, StudentFactory

pytestmark = pytest.mark.django_db

COLUMNS = {
    "name": Column[User](name="name", label="", order_by=("last_name", "-first_name")),
    "sign_in": Column[User](name="sign_in", label="", order_by=("last_login",)),
    "sign_in_last": Column[User](name="sign_in_last", label="", order_by=("last_login",), empty_last=True),
    "parent": Column[User](name="parent", label="", order_by=("organization__parent__name",)),
}


@pytest.fixture
def seven():
    root = OrganizationFactory.create(name="Root")
    leaf = OrganizationFactory.create(name="Leaf", parent=root)
    now = timezone.now()
    for n, name in enumerate(["Aa", "Ab", "Ba", "Ba", "Bb", "Bb", "Cc"]):
        StudentFactory.create(
            last_name=name[0],
            first_name=name[1],
            last_login=now if n % 3 else None,
            organization=leaf if n % 2 else root,
        )


@pytest.mark.parametrize("name", COLUMNS)
@pytest.mark.parametrize("descending", [False, True])
def test_beyond_each_row_is_what_the_order_has_there(seven, name, descending):
    rows = User.objects.order_by(*COLUMNS[name].ordering(descending=descending))
    keys = ordering_of(rows)
    plain = list(rows)
    values = [rows.values(*(key.path for key in keys)).get(pk=row.pk) for row in plain]

    after = [list(beyond(rows, keys, one, backwards=False)) for one in values]
    before = [list(beyond(rows, keys, one, backwards=True)) for one in values]

    assert after == [plain[n + 1 :] for n in range(7)]
    assert before == [plain[:n] for n in range(7)]


def test_what_rows_are_ordered_by_is_read_from_their_order():
    rows = User.objects.order_by(*COLUMNS["sign_in_last"].ordering(descending=True))

    assert ordering_of(rows) == [
        Key("last_login", falls=True, has_nulls_at_end=True, may_be_null=True),
        Key("pk", falls=True, has_nulls_at_end=True, may_be_null=False),
    ]
    assert [key.turned() for key in ordering_of(rows)] == [
        Key("last_login", falls=False, has_nulls_at_end=False, may_be_null=True),
        Key("pk", falls=False, has_nulls_at_end=False, may_be_null=False),
    ]


def test_an_index_can_be_entered_at_the_row_where_the_first_key_is_never_empty(seven):
    rows = User.objects.order_by(*COLUMNS["name"].ordering(descending=False))

    found = beyond(rows, ordering_of(rows), {"last_name": "B", "first_name": "a", "pk": 1}, backwards=False)

    assert '"last_name" >= B AND (' in str(found.query)
