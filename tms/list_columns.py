"""Which columns a person wants to see in which list: kept with the account, so that reading them costs no query."""

from collections.abc import Sequence

from django.db import transaction

from tms.models import User


def columns_of(user: object, page_name: str) -> list[str]:
    """The columns that the person chose last for the list of this page; none was chosen: an empty list."""
    kept = user.list_columns if isinstance(user, User) else {}
    names = kept.get(page_name, []) if isinstance(kept, dict) else []
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []


def remember_columns(user: User, page_name: str, names: Sequence[str]) -> None:
    """Show the person these columns of the page's list from now on; without names, those that everybody begins with."""
    with transaction.atomic():
        locked = User.objects.get_queryset().select_for_update(no_key=True).only("list_columns").get(pk=user.pk)
        kept = {**locked.list_columns, page_name: list(names)}
        locked.list_columns = {page: columns for page, columns in kept.items() if columns}
        locked.save(update_fields=["list_columns"])
