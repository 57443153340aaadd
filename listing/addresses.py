"""What the address of a list says: which list it is, and the state to keep of it."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.http import QueryDict
from django.urls import Resolver404, resolve

# The names in an address that say the order, which columns are shown, and which saved view it comes from.
SORT, COLUMNS, VIEW = "sort", "columns", "view"
# Where a page was opened from: a list keeps it in every address of its own, and no saved view does.
ORIGINS = ("roster",)


class NoListError(Exception):
    """The address is none of ours, or of no page that there is."""


@dataclass(frozen=True)
class ListAddress:
    """The address of a list, taken apart. `page_name` is the name of its page."""

    path: str
    page_name: str
    query: QueryDict

    def with_query(self, query: str) -> str:
        """The same list with another query, opened from where it was."""
        return address_with(self.path, query, origin_of(self.query))


def list_address(wanted: str) -> ListAddress:
    """An address of ours, and of a page that there is. Raises NoListError for any other."""
    try:
        parts = urlsplit(wanted)
        page_name = resolve(parts.path).view_name
    except (ValueError, Resolver404):  # what urlsplit calls invalid, and what is not there
        raise NoListError(wanted) from None
    if parts.scheme or parts.netloc or not wanted.startswith("/"):
        raise NoListError(wanted)
    return ListAddress(parts.path, page_name, QueryDict(parts.query))


def origin_of(query: QueryDict) -> str:
    """What a query says of where the page was opened from."""
    origin = QueryDict(mutable=True)
    for name in ORIGINS:
        if name in query:
            origin.setlist(name, query.getlist(name))
    return origin.urlencode()


def address_with(path: str, *queries: str) -> str:
    """The path with all that the queries ask."""
    query = "&".join(filter(None, queries))
    return f"{path}?{query}" if query else path


def state_of_address(query: QueryDict, passing: tuple[str, ...]) -> str:
    """What a view keeps of a query: all that says something, in one order, without the names that are `passing` and ORIGINS."""
    kept = QueryDict(mutable=True)
    for name in sorted(query.keys() - {*passing, *ORIGINS}):
        if values := [value for value in query.getlist(name) if value]:
            kept.setlist(name, values)
    return kept.urlencode()
