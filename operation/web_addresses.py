"""Which addresses a page may link to: one rule for what people enter and for what was stored before."""

from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext_lazy as _

SCHEMES = ["http", "https"]
# What the parts of an address after its host may hold as it is. An escape that stands there already stays.
_PLAIN = "/?:@!$&'()*+,;=-._~%"
_REFUSAL = _("Enter a whole web address that begins with https://.")


def web_address(address: str) -> str:
    """The address if a page may link to it, else nothing: what a provider or a form once stored can be anything."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return address if parts.scheme in SCHEMES and parts.hostname else ""


def in_plain_letters(address: str) -> str:
    """The same address without a letter or mark that a signed document could not hold. Raises ValueError."""
    parts = urlsplit(address)
    host = parts.netloc if parts.netloc.isascii() else parts.netloc.encode("idna").decode()
    rest = (quote(part, safe=_PLAIN) for part in (parts.path, parts.query, parts.fragment))
    return urlunsplit((parts.scheme, host, *rest))


class WebAddressField(forms.URLField):
    """A web address, of the web alone (http, https), written as every program can read it."""

    default_validators = [URLValidator(schemes=SCHEMES, message=_REFUSAL)]
    default_error_messages = {"invalid": _REFUSAL}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(assume_scheme="https", **kwargs)

    def to_python(self, value: Any) -> str:
        """In plain letters, before its length is looked at."""
        address = super().to_python(value) or ""
        try:
            return in_plain_letters(address)
        except ValueError as refusal:
            raise ValidationError(_REFUSAL, code="invalid") from refusal
