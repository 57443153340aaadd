import pytest

from listing.forms import SavedViewForm, StateForm
from tests.factories import AdministratorFactory, SavedViewFactory, StudentFactory


def test_a_state_is_kept_without_its_page_its_view_and_its_export():
    form = StateForm({"next": "/badges/issued/?page=3&after=9&export=csv&view=4&q=x"})

    assert form.is_valid()
    assert form.query == "q=x"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("who", "fields"),
    [
        ("owner", ["name", "is_default", "organization"]),
        ("colleague", ["name", "organization"]),
        ("student", ["name", "is_default"]),
    ],
)
def test_the_form_offers_what_one_may_decide(who, fields):
    owner = AdministratorFactory.create()
    people = {
        "owner": owner,
        "colleague": AdministratorFactory.create(organization=owner.organization),
        "student": StudentFactory.create(organization=owner.organization),
    }
    view = SavedViewFactory.create(owner=owner if who != "student" else people["student"])

    form = SavedViewForm(instance=view, by=people[who])

    assert list(form.fields) == fields
