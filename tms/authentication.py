"""Signs a person in by user name or by e-mail address."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.db.models import Value
from django.db.models.functions import Lower
from django.http import HttpRequest

from tms.models import User


def account_name(typed: str) -> str | None:
    """The user name of the account that is meant, by that name or by its e-mail address in any case; else None."""
    if User.objects.filter(username=typed).exists():
        return typed
    if "@" not in typed:
        return None
    # As the unique index has it, condition and all, so that the index answers.
    accounts = User.objects.alias(address=Lower("email")).exclude(email="").filter(address=Lower(Value(typed)))
    return accounts.values_list("username", flat=True).first()


class NameOrEmailBackend(ModelBackend):
    """Django's own backend, asked with the user name of the account that has the e-mail address."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> Any:
        """The account, or None. Takes as long for an unknown name as for a known one, as Django's does."""
        if username:
            username = account_name(username) or username
        return super().authenticate(request, username=username, password=password, **kwargs)
