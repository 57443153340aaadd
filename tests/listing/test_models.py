import pytest
from django.db import IntegrityError, transaction

from listing.models import SavedView
from tests.factories import AdministratorFactory, OrganizationFactory, SavedViewFactory, StudentFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def tree():
    """A root with two children, and somebody else's."""
    root = OrganizationFactory.create(name="Root")
    one, two = (OrganizationFactory.create(name=name, parent=root) for name in ("One", "Two"))
    return {"root": root, "one": one, "two": two, "outside": OrganizationFactory.create(name="Outside")}


def test_a_shared_view_is_offered_to_its_organization_and_all_below_and_to_who_manages_it(tree):
    owner = AdministratorFactory.create(organization=tree["root"])
    for name, organization in tree.items():
        SavedViewFactory.create(owner=owner, name=name, organization=organization)
    SavedViewFactory.create(owner=owner, name="kept")
    people = {
        "student of one": StudentFactory.create(organization=tree["one"]),
        "administrator of the root": AdministratorFactory.create(organization=tree["root"]),
        "stranger": StudentFactory.create(organization=tree["outside"]),
        "superuser": UserFactory.create(organization=tree["outside"], is_superuser=True),
    }

    offered = {
        who: sorted(SavedView.objects.offered_to(user).values_list("name", flat=True)) for who, user in people.items()
    }

    assert offered == {
        "student of one": ["one", "root"],
        "administrator of the root": ["one", "root", "two"],
        "stranger": ["outside"],
        "superuser": ["outside"],
    }
    assert sorted(SavedView.objects.visible_to(people["superuser"]).values_list("name", flat=True)) == sorted(tree)
    assert SavedView.objects.visible_to(people["student of one"]).count() == 2


def test_it_is_changed_by_its_owner_and_by_who_administers_the_organization(tree):
    owner = AdministratorFactory.create(organization=tree["root"])
    shared = SavedViewFactory.create(owner=owner, organization=tree["one"])
    kept = SavedViewFactory.create(owner=owner)
    administrator = AdministratorFactory.create(organization=tree["one"])
    beside = AdministratorFactory.create(organization=tree["two"])

    changeable = [set(SavedView.objects.changeable_by(user)) for user in (owner, administrator, beside)]

    assert changeable == [{shared, kept}, {shared}, set()]


@pytest.mark.parametrize("fields", [{"name": "mine"}, {"name": "Other", "is_default": True}])
def test_the_database_refuses_a_second_of_one_name_and_a_second_default(fields):
    owner = UserFactory.create()
    SavedViewFactory.create(owner=owner, name="Mine", is_default=True)

    with pytest.raises(IntegrityError), transaction.atomic():
        SavedViewFactory.create(owner=owner, **fields)
    SavedViewFactory.create(owner=owner, page_name="badges:list", **fields)


def test_an_organization_that_is_deleted_leaves_the_view_to_its_owner(tree):
    view = SavedViewFactory.create(organization=tree["two"])

    tree["two"].delete()

    view.refresh_from_db()
    assert (view.organization, str(view)) == (None, view.name)
