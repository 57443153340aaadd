"""The brand that a browser keeps for the pages before signing in."""

from dataclasses import replace

import pytest
from django.conf import settings
from django.core import signing
from django.http import HttpResponse
from django.test import RequestFactory

from organizations.brands import ShownBrand
from organizations.sign_in.gate_brands import SALT, keep_brand, kept_brand

BRAND = ShownBrand(7, "Northern Lights", "logos/x.png", "#8a1c4a")


def after(brand):
    """What a request of the browser says of the brand, after an answer that kept it."""
    response = HttpResponse()
    keep_brand(response, brand)
    return asked_with(response.cookies[settings.BRAND_COOKIE_NAME].value)


def asked_with(value):
    request = RequestFactory().get("/sign-in/")
    request.COOKIES[settings.BRAND_COOKIE_NAME] = value
    return kept_brand(request)


def test_what_was_kept_is_shown():
    assert after(BRAND) == BRAND
    assert after(None) is None


def test_the_longest_name_fits_into_a_cookie():
    longest = replace(BRAND, name="שמש" * 85)
    response = HttpResponse()

    keep_brand(response, longest)

    assert len(response.cookies[settings.BRAND_COOKIE_NAME].value) < 4000
    assert after(longest) == longest


@pytest.mark.parametrize(
    "value",
    ["", "x", "{}", signing.dumps({"name": "x"}, salt=SALT), signing.dumps([1], salt=SALT), signing.dumps({})],
    ids=["empty", "a word", "not signed", "of before", "a list", "signed for something else"],
)
def test_what_we_did_not_sign_or_no_longer_understand_is_nothing(value):
    assert asked_with(value) is None
