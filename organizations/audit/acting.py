"""Who acts, and from where: known to the database while a request changes something, so that its triggers can note it."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import HttpRequest

from operation.client_addresses import client_address
from organizations.audit.watched import WATCHED
from organizations.models import User

_SAFE = ("GET", "HEAD", "OPTIONS")
_WRITES = re.compile(r'\b(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+"?(\w+)', re.IGNORECASE)
_SAY = "SELECT set_config('tms.acting', %s, true)"

_request: ContextVar[HttpRequest | None] = ContextVar("request", default=None)


@dataclass(frozen=True)
class Actor:
    """Somebody who acts. None of it is known of a worker or a command."""

    user_id: int | None = None
    organization_id: int | None = None
    address: str | None = None
    request_id: str = ""


@contextmanager
def acting(request: HttpRequest) -> Iterator[None]:
    """What happens meanwhile, happens for this request. What only reads tells the database nothing."""
    token = _request.set(request)
    try:
        if request.method in _SAFE:
            yield
        else:
            with connection.execute_wrapper(_say_who):
                yield
    finally:
        _request.reset(token)


def is_asked() -> bool:
    """Whether a request is being answered: no worker, no command."""
    return _request.get() is not None


def who_acts() -> Actor:
    """The person of the request that is being answered, at this moment: signing in changes it."""
    request = _request.get()
    if request is None:
        return Actor()
    person = getattr(request, "user", None)
    user = person if isinstance(person, User) else None
    return Actor(
        user_id=user.pk if user else None,
        organization_id=user.organization_id if user else None,
        address=client_address(request),
        request_id=str(request.META.get("tms.request", {}).get("request_id", "")),
    )


def _say_who(
    execute: Callable[..., Any],
    sql: str,
    params: Any,
    many: bool,  # noqa: FBT001 - Django's signature
    context: Mapping[str, Any],
) -> Any:
    """Tell the transaction who acts, before it writes: a rollback to a savepoint would forget it.

    For that alone, a statement of its own becomes a transaction.
    """
    connection = context["connection"]
    if not _is_watched(sql):
        return execute(sql, params, many, context)
    if connection.in_atomic_block:
        _tell(connection)
        return execute(sql, params, many, context)
    with transaction.atomic():
        _tell(connection)
        return execute(sql, params, many, context)


def _is_watched(sql: str) -> bool:
    return any(table in WATCHED for table in _WRITES.findall(sql))


def _tell(connection: BaseDatabaseWrapper) -> None:
    actor = who_acts()
    said = {"actor": actor.user_id, "address": actor.address, "request": actor.request_id}
    with connection.wrap_database_errors:
        connection.connection.execute(_SAY, [json.dumps(said)])
