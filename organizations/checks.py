"""What `migrate` and `check --database default` tell an operator about rows that only a person can put right."""

from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Warning  # noqa: A004 - Django's name
from django.db import DatabaseError

MOST = 10


def check_user_names(databases: Sequence[str] | None = None, **_more: Any) -> list[CheckMessage]:
    """Names the accounts whose user names are from before the rules."""
    if "default" not in (databases or ()):
        return []
    users = apps.get_model("organizations", "User").objects.filter(has_old_name=True).order_by("pk")
    try:
        names = list(users.values_list("username", flat=True)[: MOST + 1])
    except DatabaseError:  # not migrated yet
        return []
    if not names:
        return []
    listed = ", ".join(names[:MOST]) + (", …" if len(names) > MOST else "")
    return [
        Warning(
            f"User names from before today's rules: {listed}",
            hint="`manage.py check_user_names` says what is wrong with each. Rename them on their pages, or --repair.",
            id="organizations.W001",
        )
    ]
