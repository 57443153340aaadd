"""Which addresses are links, and how one that somebody enters is written."""

import pytest
from django.core.exceptions import ValidationError

from operation.web_addresses import WebAddressField, web_address

REFUSED = ["Enter a whole web address that begins with https://."]


@pytest.mark.parametrize(
    ("address", "is_one"),
    [
        ("https://academy.test/", True),
        ("http://academy.test", True),
        ("", False),
        ("javascript:alert(1)", False),
        ("https:///nowhere", False),
        ("//academy.test/", False),
        ("https://[/", False),
    ],
)
def test_only_a_web_address_may_be_linked_to(address, is_one):
    assert web_address(address) == address * is_one


@pytest.mark.parametrize(
    ("entered", "kept"),
    [
        ("https://work.example/a?b=1&c=2#d", "https://work.example/a?b=1&c=2#d"),
        ("HTTP://work.example", "http://work.example"),
        (" work.example/a ", "https://work.example/a"),
        ('https://work.example/a b/<c>"{|}^`\\', "https://work.example/a%20b/%3Cc%3E%22%7B%7C%7D%5E%60%5C"),
        ("https://bücher.example/é?ü#ö", "https://xn--bcher-kva.example/%C3%A9?%C3%BC#%C3%B6"),
        ("https://work.example/%C3%A9", "https://work.example/%C3%A9"),
        ("", ""),
    ],
)
def test_an_address_is_kept_in_plain_letters(entered, kept):
    assert WebAddressField(required=False).clean(entered) == kept


@pytest.mark.parametrize(
    "entered",
    [
        "javascript:alert(1)",
        "java\nscript:alert(1)",
        "JavaScript://work.example/%0aalert(1)",
        "data:text/html,<b>",
        "ftp://work.example/a",
        "mailto:ana@work.example",
        "https:///nowhere",
        "https://[/",
        "https://a..b.example",
        "https://ü..b.example",
        "no address",
    ],
)
def test_what_is_no_address_of_the_web_is_refused(entered):
    with pytest.raises(ValidationError) as refusal:
        WebAddressField().clean(entered)

    assert refusal.value.messages == REFUSED


def test_an_address_is_as_long_as_it_is_kept():
    field = WebAddressField(max_length=60)

    assert len(field.clean("https://work.example/" + "a" * 39)) == 60
    with pytest.raises(ValidationError, match="at most 60"):
        field.clean("https://work.example/" + "é" * 20)
