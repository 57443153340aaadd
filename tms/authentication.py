"""Signs a person in by user name or by e-mail address."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from tms.models import User


class NameOrEmailBackend(ModelBackend):
    """Django's own backend, asked with the user name of the account that has the e-mail address."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> Any:
        """The account, or None. Takes as long for an unknown name as for a known one, as Django's does."""
        if username and "@" in username and not User.objects.filter(username=username).exists():
            username = (
                User.objects.filter(email__iexact=username).values_list("username", flat=True).first() or username
            )
        return super().authenticate(request, username=username, password=password, **kwargs)
