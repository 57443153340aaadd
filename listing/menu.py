"""The saved views that a list offers: which of them is shown, and where each leads.

A view is an address. Its number in an address (`view`) only says where the state beside it came from; the bare address of a
list is the person's default view, else what the page opens with, and `view=all` is the list without either.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from django.db.models.functions import Lower
from django.http import HttpRequest, QueryDict

from listing.addresses import COLUMNS, ORIGINS, SORT, VIEW, address_with, origin_of
from listing.models import SavedView
from organizations.models import User

ALL = "all"


class ViewMenu:
    """What one person finds above one list. Reading it takes one query; a dialog and a visitor have none.

    `opening` is what the page asks of its list where nobody asks anything else.
    """

    def __init__(self, user: User | None, page_name: str, path: str, query: QueryDict, *, opening: str = "") -> None:
        self.user = user
        self.page_name = page_name
        self.path = path
        self.query = query
        self.opening = opening

    @cached_property
    def views(self) -> list[SavedView]:
        """All that are offered here, by name. Each is told who may change it, and whether its owner may be named."""
        if self.user is None:
            return []
        rows = SavedView.objects.filter(page_name=self.page_name).offered_to(self.user).told_to(self.user)
        return list(rows.order_by(Lower("name"), "pk"))

    @property
    def own(self) -> list[SavedView]:
        """One's own."""
        return [view for view in self.views if view.owner == self.user]

    @property
    def shared(self) -> list[SavedView]:
        """Those that others share."""
        return [view for view in self.views if view.owner != self.user]

    @cached_property
    def default(self) -> SavedView | None:
        """The view that the bare address shows."""
        return next((view for view in self.own if view.is_default), None)

    @property
    def is_by_default(self) -> bool:
        """Whether nobody asked for this view but the person, once and for all."""
        return not self._asks and self.default is not None

    @property
    def is_opening(self) -> bool:
        """Whether nobody asked for anything: the list is as the page opens with it."""
        return bool(self.opening) and not self._asks and self.default is None

    @property
    def _asks(self) -> bool:
        """Whether the address asks anything of the list."""
        return bool(self.query.keys() - set(ORIGINS))

    @cached_property
    def asked(self) -> QueryDict:
        """What the list is asked: by the address, or by the default where the address asks nothing."""
        if self._asks or not self._opens_narrowed:
            return self.query
        opening = self.default.opening if self.default else self.opening
        return QueryDict("&".join(filter(None, (opening, self.origin))))

    @property
    def _opens_narrowed(self) -> bool:
        """Whether the bare address shows something else than the list without search, filters and view."""
        return self.default is not None or bool(self.opening)

    def keep_from_default(self, query: QueryDict) -> None:
        """Where the bare address shows a default, let the query say that it is not that one: what is taken out of it must not
        lead back there.
        """
        if VIEW not in query and self._opens_narrowed:
            query[VIEW] = ALL

    @property
    def origin(self) -> str:
        """Where the page was opened from, for each address of the list."""
        return origin_of(self.query)

    @cached_property
    def current(self) -> SavedView | None:
        """The view that the state came from."""
        asked = self.asked.get(VIEW)
        return next((view for view in self.views if str(view.pk) == asked), None)

    @property
    def url_of_all(self) -> str:
        """The list without search, filters and view."""
        return address_with(self.path, f"{VIEW}={ALL}" if self._opens_narrowed else "", self.origin)

    @property
    def links(self) -> list[tuple[SavedView, str]]:
        """Of one's own, each with its address."""
        return [(view, self.url(view)) for view in self.own]

    @property
    def links_of_others(self) -> list[tuple[SavedView, str]]:
        """Of those that others share, each with its address."""
        return [(view, self.url(view)) for view in self.shared]

    def url(self, view: SavedView) -> str:
        """The list as the view has it."""
        return address_with(self.path, view.opening, self.origin)


@dataclass(frozen=True, kw_only=True)
class ListState:
    """What a list shows, beside the saved view that it came from.

    `kept` is what a view keeps of it. `names` are those that the list knows in an address, and `columns` what it can be
    asked to show or to sort by.
    """

    menu: ViewMenu
    path: str
    asked: QueryDict
    kept: str
    columns: Sequence[str]
    names: Sequence[str]

    @property
    def address(self) -> str:
        """Where the state is found without any view."""
        return address_with(self.path, self.kept, self.menu.origin)

    @property
    def is_changed(self) -> bool:
        """Whether it is another by now than the view's."""
        return self.menu.current is not None and self.menu.current.query != self.kept

    @property
    def is_outdated(self) -> bool:
        """Whether the view asks for a column or a filter that the list has not."""
        if self.menu.current is None:
            return False
        asked = [word for name in (SORT, COLUMNS) for word in self.asked.getlist(name)]
        return not set(asked) <= set(self.columns) or not all(map(self._knows, self.asked))

    def _knows(self, name: str) -> bool:
        """A filter of several fields has their names behind its own."""
        return any(name == known or name.startswith(f"{known}_") for known in self.names)


def menu_of(request: HttpRequest, page_name: str, *, is_page: bool, opening: str = "") -> ViewMenu:
    """For the list that the request asks for; empty where it is no page's own."""
    user = getattr(request, "user", None)
    reader = user if is_page and isinstance(user, User) else None
    return ViewMenu(reader, page_name, request.path, request.GET, opening=opening)
