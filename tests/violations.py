"""For tests of what the database itself refuses."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import IntegrityError, connection, transaction


@contextmanager
def violates(constraint: str) -> Iterator[None]:
    """The block breaks this very constraint, whether it is checked at once or at the end of the transaction."""
    with pytest.raises(IntegrityError, match=f'"{constraint}"'), transaction.atomic():  # noqa: PT012 - the block is the caller's
        yield
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
