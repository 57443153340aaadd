"""Signs a person in by user name or by e-mail address."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.db.models import Value
from django.db.models.functions import Lower
from django.http import HttpRequest

from organizations.brands import BrandOf
from organizations.models import User
from organizations.user_names import normalized


def account_name(typed: str) -> str | None:
    """The user name of the account that is meant, by its e-mail address or by that name, in any case; else None.

    An address finds the account whose address it is, before one that merely has it as its name.
    """
    name = normalized(typed)
    return (_by_address(name) if "@" in name else None) or _by_name(name)


def _by_address(address: str) -> str | None:
    # As the unique index has it, condition and all, so that the index answers.
    accounts = User.objects.alias(address=Lower("email")).exclude(email="").filter(address=Lower(Value(address)))
    return accounts.values_list("username", flat=True).first()


def _by_name(name: str) -> str | None:
    """As it is written first: names from before the rules may differ from others by case alone."""
    if User.objects.filter(username=name).exists():
        return name
    accounts = User.objects.alias(name=Lower("username")).filter(has_old_name=False, name=Lower(Value(name)))
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

    def get_user(self, user_id: int) -> User | None:
        """The account of a session, with the brand that its pages show. One query, as Django's."""
        accounts = User.objects.annotate(brand_found=BrandOf("organization_id"))
        user = accounts.filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None
