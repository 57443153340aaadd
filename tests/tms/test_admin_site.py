import pytest
from django.core.exceptions import BadRequest
from django.db import DataError
from django.urls import reverse

from tests.factories import BadgeFactory
from tms.admin_site import LaurelAdminSite


@pytest.fixture
def guarded(rf, world):
    """A view of the administration that fails in a way; asked with a method, at an address."""

    def ask(error: Exception, method: str, address: str):
        def fail(_request):
            raise error

        request = getattr(rf, method)(address)
        request.user, request._dont_enforce_csrf_checks = world.administrator, True
        return LaurelAdminSite().admin_view(fail)(request)

    return ask


@pytest.mark.parametrize("error", [DataError("22P02"), IndexError(), OverflowError(), TypeError(), ValueError()])
def test_a_typed_lookup_that_means_nothing_is_a_bad_request(guarded, error):
    with pytest.raises(BadRequest):
        guarded(error, "get", "/admin/?x=1")


def test_a_row_to_choose_says_whose_it_is(world, signed_in, django_assert_num_queries):
    for owner in (world.academy, world.umbrella):
        BadgeFactory.create(name="Owl", organization=owner)
    client = signed_in(world.administrator)
    asked = {"app_label": "achievements", "model_name": "achievement", "field_name": "badge", "term": "owl"}

    with django_assert_num_queries(7):
        rows = client.get(reverse("admin:autocomplete"), asked).json()["results"]

    assert [row["text"] for row in rows] == ["Owl · Academy", "Owl · Umbrella"]


@pytest.mark.parametrize(("method", "address"), [("get", "/admin/"), ("post", "/admin/?x=1")])
def test_any_other_fault_is_ours(guarded, method, address):
    with pytest.raises(ValueError, match="ours"):
        guarded(ValueError("ours"), method, address)
