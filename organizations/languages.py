"""In which language a person reads: the chosen one; else, on pages, the browser's, and in letters the site's."""

from contextlib import AbstractContextManager

from django.conf import settings
from django.http import HttpResponse
from django.utils import translation

from organizations.models import User


def set_language_cookie(response: HttpResponse, language: str) -> None:
    """Have this browser shown everything in the language, signed in or not."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def speaking_to(person: User) -> AbstractContextManager[None]:
    """The person's language, for letters and for documents that keep what they say; the site's where none was chosen."""
    return translation.override(person.language or settings.LANGUAGE_CODE)
