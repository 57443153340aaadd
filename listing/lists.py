"""The one listing behind every list page: search, filters, sort, pages, choice of columns, count and export.

A view builds it, `tms/_listing.html` draws it. Two queries a page: the count, up to a limit, and the rows; in a long list a
third, and one where a column may say the same on all pages. Names in the address that no column has are ignored,
whatever page is asked for, some answers, every order is total.
"""

from collections.abc import Callable, Sequence
from functools import cached_property, partial
from typing import Any

from django.db.models import Model, QuerySet
from django.forms import CharField
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from listing.addresses import COLUMNS, ORIGINS, SORT, VIEW, state_of_address
from listing.chosen import CHOOSE_ALL, MOST_AT_ONCE, OPENS, STATE, Choice, numbers, own_of, state_of, ticked
from listing.columns import Cell, Column, Heading, ListLine, columns_of, prepare_rows
from listing.downloads import CSV, EXPORT, XLSX, download, rows_in_parts
from listing.menu import ListState, ViewMenu, menu_of
from listing.naming import SUGGEST, RowField
from listing.narrowing import Chip, Filter, SearchForm, filter_of, in_words, names_of, naming_of, narrowed, with_ids
from listing.paging import PAGE, PLACE, ListPage, PageLink, Place, Rows, place_asked
from listing.sameness import Same, same_in_all
from operation.searching import SearchPath

__all__ = ["Choice", "Column", "Listing", "listing"]

PAGE_SIZES = (10, 25, 50, 100)
# The listing's own names in the address; a filter may not have one of them.
SEARCH, PER_PAGE = "q", "per_page"
OWN = (SEARCH, SORT, *PLACE, PER_PAGE, COLUMNS, EXPORT, VIEW, SUGGEST)


class Listing[Row: Model]:
    """A list page's state, read from the request; made by `listing()`."""

    def __init__(
        self,
        request: HttpRequest,
        queryset: QuerySet[Row],
        columns: Sequence[Column[Row]],
        *,
        menu: ViewMenu,
        sort: str,
        search: Sequence[SearchPath] = (),
        filterset: Any = None,
        per_page: int = 25,
        choose: Choice | None = None,
        chosen: Sequence[int] = (),
        by_ids: Callable[[Sequence[int]], QuerySet[Row]] | None = None,
        name: str = "listing",
    ) -> None:
        self.name = name
        self.request = request
        self.path = request.path
        self.menu = menu
        self.remembered = columns_of(request.user, menu.page_name) if hasattr(request, "user") else []
        self.columns = list(columns)
        self.choose = choose
        self.prefix = choose.prefix if choose else ""
        self.in_body = choose is not None and choose.travels_in_body
        self.action = request.get_full_path()
        is_asked = self.in_body and request.method == "POST" and OPENS not in request.POST
        self.posted = request.POST if is_asked else None
        self.chosen_before = chosen
        self.asked = self._state(request)
        self.default_sort = sort
        self.default_per_page = per_page
        self.search_form = SearchForm(self.asked, prefix=self.prefix or None) if search else None
        self.filterset = filterset
        self.everything = queryset
        self.by_ids = by_ids
        self.queryset = self._ordered(narrowed(queryset, self.search_form, search, filterset))
        self.asked = with_ids(self.asked, filterset.form if filterset else ())

    def _state(self, request: HttpRequest) -> QueryDict:
        """What the list is asked: in the address, or in the body, where choosing goes on in a form or was refused there."""
        if self.posted is not None or (self.is_dialog and STATE in request.POST):
            return state_of(request.POST, SEARCH)
        return own_of(request.GET, OWN) if self.in_body else self.menu.asked

    def _ordered(self, queryset: QuerySet[Row]) -> QuerySet[Row]:
        column, descending = self.order
        return queryset.order_by(*column.ordering(descending=descending))

    @cached_property
    def order(self) -> tuple[Column[Row], bool]:
        """The column that the list is sorted by, and whether downwards."""
        sortable = {column.name: column for column in self.columns if column.order_by}
        wanted = self.asked.get(self.own(SORT), "")
        if wanted.removeprefix("-") not in sortable:
            wanted = self.default_sort
        return sortable[wanted.removeprefix("-")], wanted.startswith("-")

    def own(self, name: str) -> str:
        """What one of the listing's own names is in the address: a list that serves another's filter has a prefix."""
        return f"{self.prefix}-{name}" if self.prefix else name

    @property
    def is_dialog(self) -> bool:
        """Whether the list only serves to choose from: without Output Options, and without an address of its own."""
        return self.choose is not None and not self.choose.of_page

    @cached_property
    def shown(self) -> list[Column[Row]]:
        """The columns of the list: those in the address, else those the person chose last, else all not hidden."""
        return self.asked_for or [column for column in self.columns if not column.hidden]

    @cached_property
    def asked_for(self) -> list[Column[Row]]:
        """The columns in the address, else those the person chose last."""
        remembered = [] if self.is_dialog else self.remembered
        return self._named(self.asked.getlist(self.own(COLUMNS))) or self._named(remembered)

    @cached_property
    def same(self) -> list[Same]:
        """What is told once, above the table; nothing of columns that the person asked for."""
        return [] if self.asked_for or self.is_dialog else same_in_all(self.shown, self.page)

    @cached_property
    def drawn(self) -> list[Column[Row]]:
        """The columns of the table: those shown, without what is told once."""
        told = {one.name for one in self.same}
        return [column for column in self.shown if column.name not in told]

    def _named(self, names: Sequence[str]) -> list[Column[Row]]:
        """The columns of these names, and with them what has no head of its own, such as the links of a row."""
        found = [column for column in self.columns if column.name in names]
        return found and [column for column in self.columns if column in found or not column.label]

    @property
    def is_rearranged(self) -> bool:
        """Whether other columns are shown than everybody begins with."""
        return self.shown != [column for column in self.columns if not column.hidden]

    @property
    def choosable(self) -> list[Column[Row]]:
        """The columns that Output Options offers: those that say something when they stand alone."""
        return [column for column in self.columns if column.label]

    @cached_property
    def per_page(self) -> int:
        """Results per page, one of PAGE_SIZES or the page's own."""
        wanted = self.asked.get(self.own(PER_PAGE), "")
        return int(wanted) if wanted in map(str, PAGE_SIZES) else self.default_per_page

    @property
    def page_sizes(self) -> list[int]:
        """What Results per page offers."""
        return sorted({*PAGE_SIZES, self.default_per_page})

    @cached_property
    def page(self) -> ListPage[Row]:
        """The page asked for; the first instead of nonsense, the last instead of one beyond the end."""
        rows = Rows(self.queryset, self.everything, self.per_page, by_ids=self.by_ids)
        page = rows.page(place_asked({name: self.asked.get(self.own(name), "") for name in PLACE}))
        prepare_rows(self.shown, page.rows)
        return page

    @property
    def count(self) -> int:
        """Results on all pages, as far as they are counted."""
        return self.page.of.count

    @property
    def is_more(self) -> bool:
        """Whether there are more results than are counted."""
        return self.page.of.is_more

    @property
    def results_found(self) -> str:
        """The count in words (S19)."""
        return self.page.results_found

    @property
    def lines(self) -> list[ListLine[Row]]:
        """The rows of this page."""
        words = self.choose.words if self.choose else str
        return [
            ListLine(row, [Cell(c, c.of(row)) for c in self.drawn], str(row.pk) in self.chosen, words(row))
            for row in self.page
        ]

    @cached_property
    def chosen(self) -> dict[str, None]:
        """The ids ticked so far, on whatever page, in their order; all that are found too, where that was asked for."""
        ids: list[int] = []
        if self.choose is not None and self.posted is not None:
            ids = ticked(self.posted, self.choose.name)
        elif self.choose is not None:
            ids = numbers(self.asked.getlist(self.choose.name)) or list(self.chosen_before)
            ids = ids if self.choose.many else ids[-1:]
        if self.posted is not None and CHOOSE_ALL in self.posted:
            ids += self.queryset.values_list("pk", flat=True)[:MOST_AT_ONCE]
        return dict.fromkeys(map(str, ids))

    @property
    def chosen_elsewhere(self) -> list[str]:
        """Those that this page does not show."""
        here = {str(row.pk) for row in self.page}
        return [pk for pk in self.chosen if pk not in here]

    @property
    def can_choose_all(self) -> bool:
        """Whether one press may be about everything that is found."""
        return self.count > 1 and not self.is_more

    @property
    def headings(self) -> list[Heading[Row]]:
        """The heads of the columns of the table."""
        sorted_by, descending = self.order
        headings = []
        for column in self.drawn:
            is_current = column == sorted_by
            turned = f"-{column.name}" if is_current and not descending else column.name
            url = self.url(**{SORT: turned, PAGE: None}) if column.order_by else ""
            direction = ("descending" if descending else "ascending") if is_current else ""
            headings.append(Heading(column, url, direction))
        return headings

    @property
    def page_links(self) -> list[PageLink]:
        """The pagination's numbers, with gaps in a long one; empty when everything is on one page."""
        return self.page.page_links(self.url_at)

    @property
    def previous_url(self) -> str:
        """Of the page before this one, or nothing."""
        return self.url_at(self.page.previous)

    @property
    def next_url(self) -> str:
        """Of the page after this one, or nothing."""
        return self.url_at(self.page.next)

    def url_at(self, place: Place | None) -> str:
        """Of the page there, or nothing."""
        return self.url(**{PAGE: None, **place.asked}) if place else ""

    @property
    def csv_url(self) -> str:
        """Of everything that was found, as CSV."""
        return self.url(**{EXPORT: CSV, PAGE: None})

    @property
    def xlsx_url(self) -> str:
        """The same as XLSX."""
        return self.url(**{EXPORT: XLSX, PAGE: None})

    @property
    def wants_export(self) -> bool:
        """Whether the request asks for the export; the view says who may have it."""
        return EXPORT in self.asked

    @cached_property
    def filters(self) -> list[Filter]:
        """The page's filters."""
        form = self.filterset.form if self.filterset else []
        return [filter_of(field, self.name, self.path, partial(self._query_with, names_of(field))) for field in form]

    @property
    def wants_suggestions(self) -> bool:
        """Whether the request asks for the rows of a filter whose name somebody is writing; the view says who may have them."""
        form = self.filterset.form.fields if self.filterset else {}
        return isinstance(form.get(self.asked.get(SUGGEST, "")), RowField)

    def suggestions(self) -> HttpResponse:
        """They, each as a link to the list narrowed to it."""
        field = self.filterset.form[self.asked[SUGGEST]]

        def url_with(values: Sequence[str]) -> str:
            return f"{self.path}?{self._query_with(names_of(field), values).urlencode()}"

        naming = naming_of(field, url_with, is_being_written=True)
        return render(self.request, "tms/_suggestions.html", {"naming": naming})

    def _query_with(self, names: Sequence[str], values: Sequence[str]) -> QueryDict:
        return self._query(**{PAGE: None, **dict.fromkeys(names), names[0]: values})

    @property
    def chips(self) -> list[Chip]:
        """What narrows the list, each with the list without it."""
        words = self.asked.get(self.own(SEARCH), "")
        search = Chip(_("Search"), words, f"{self.name}-q", self.url(**{SEARCH: None, PAGE: None}))
        return [*([search] if words else []), *(chip for item in self.filters for chip in item.chips)]

    @property
    def is_narrowed(self) -> bool:
        """Whether a search or a filter is on: an empty list then says so."""
        return bool(self.asked.get(self.own(SEARCH))) or any(item.is_active for item in self.filters)

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing to be found, whatever one looks for."""
        return not self.count and not self.is_narrowed

    @property
    def on_paper(self) -> list[tuple[str | Promise, str]]:
        """What the page's controls say, in words for paper: the search, the filters, which page of several this is."""
        search = [(_("Search"), self.asked.get(self.own(SEARCH), ""))] if self.search_form else []
        filters = [(item.field.label, in_words(item.field)) for item in self.filters if item.is_active]
        return [(label, words) for label, words in [*search, *filters, (_("Results"), self.page.range_found)] if words]

    @property
    def kept_by_search(self) -> list[tuple[str, str]]:
        """What the search form carries along, for hidden inputs: the order, the output options, where the page was opened from,
        and another list's query.
        """
        query = self._query()
        kept: Sequence[str] = (SORT, PER_PAGE, COLUMNS, VIEW, *ORIGINS)
        if self.choose and self.prefix:
            own = {self.own(name) for name in (SEARCH, *PLACE)}
            kept = [name for name in self.asked if name not in {*own, self.choose.name}]
        return [(name, value) for name in kept for value in query.getlist(name)]

    @property
    def url_of_everything(self) -> str:
        """The list without search and filters, in its order and with its output options."""
        return self.url(
            **dict.fromkeys((SEARCH, PAGE, *(name for item in self.filters for name in names_of(item.field))))
        )

    @property
    def url_of_output_options(self) -> str:
        """The list without what Output Options say: where they lead back to."""
        return self.url(**dict.fromkeys((PAGE, PER_PAGE, COLUMNS)))

    def url(self, **changes: str | Sequence[str] | None) -> str:
        """The list with changes to its query; None takes a name away. Chosen lines travel in their form, not here.

        Where that form asks for the list as well, only the query: what its buttons send.
        """
        query = self._query(**changes).urlencode()
        return query if self.in_body else f"{self.path}?{query}"

    @cached_property
    def view(self) -> ListState:
        """What a saved view would keep of the list as it stands, and whether it is another by now than the one it came from."""
        shown = [column.name for column in self.shown if column.label]
        return ListState(
            menu=self.menu,
            path=self.path,
            asked=self.asked,
            kept=state_of_address(self._query(**{COLUMNS: shown}), (*PLACE, VIEW)),
            columns=[*(column.name for column in self.columns), *(f"-{column.name}" for column in self.columns)],
            names=[*OWN, *ORIGINS, *(self.filterset.form.fields if self.filterset else ())],
        )

    @property
    def state(self) -> str:
        """What the list is asked now, for the form that asks it again."""
        return self._query().urlencode()

    @property
    def state_for_search(self) -> str:
        """The same for another search, which the form's own field says."""
        return self._query(**{SEARCH: None, PAGE: None}).urlencode()

    def _query(self, **changes: str | Sequence[str] | None) -> QueryDict:
        query: QueryDict = self.asked.copy()
        self.menu.keep_from_default(query)
        query.pop(EXPORT, None)
        query.pop(SUGGEST, None)
        if self.choose and not self.prefix:
            query.pop(self.choose.name, None)
        if PAGE in changes:
            changes = {**dict.fromkeys(PLACE), **changes}
        for name, value in changes.items():
            key = self.own(name) if name in OWN else name
            query.pop(key, None)
            if value is not None:
                query.setlist(key, [value] if isinstance(value, str) else list(value))
        return query

    def export(self, name: str, prepare: Callable[[Sequence[Row]], object] | None = None) -> HttpResponseBase:
        """Everything found, all pages, in the shown columns, as a file. The view checks permission.

        `prepare` is called with some thousand rows at a time, before they are written.
        """
        columns = [column for column in self.shown if column.exported]
        rows = rows_in_parts(self.queryset, columns, prepare)
        cells = ([column.of(row) for column in columns] for row in rows)
        heads = [column.label for column in columns]
        return download(self.request, name, heads, cells, of=self.queryset, asked=self.asked_in_numbers)

    @property
    def asked_in_numbers(self) -> str:
        """What the list is asked, without words that somebody wrote: they may be a person's name."""
        fields = self.filterset.form.fields if self.filterset else {}
        written = {self.own(SEARCH), *(name for name, field in fields.items() if type(field) is CharField)}
        query = self._query()
        for name in written.intersection(query):
            query[name] = "…"
        return query.urlencode()


def listing[Row: Model](
    request: HttpRequest,
    queryset: QuerySet[Row],
    columns: Sequence[Column[Row]],
    *,
    sort: str,
    search: Sequence[SearchPath] = (),
    filterset: Any = None,
    per_page: int = 25,
    choose: Choice | None = None,
    chosen: Sequence[int] = (),
    by_ids: Callable[[Sequence[int]], QuerySet[Row]] | None = None,
    name: str = "listing",
    opening: str = "",
) -> Listing[Row]:
    """The list that the request asks for, of rows that the person may see: `queryset` hides what he or she may not.

    `sort` is the default order: a column's name, with a minus for downwards. `search` are paths as
    operation.searching reads them, or those of organizations.scope; every word must be found in one of them. `filterset` is
    a FilterSet class of the page. `by_ids` returns the rows of a page where they are read otherwise than for the export: of
    these ids, which are of rows that the person may see. `chosen` are ticked when a dialog opens. `name` is the HTML id: a
    dialog's list needs another than the page below it. `opening` is the query that the bare address stands for, where the
    person has no default view.
    """
    page_name = request.resolver_match.view_name if request.resolver_match else ""
    menu = menu_of(request, page_name, is_page=choose is None or choose.of_page, opening=opening)
    return Listing(
        request,
        queryset,
        columns,
        menu=menu,
        sort=sort,
        search=search,
        filterset=filterset(menu.asked, queryset=queryset, request=request) if filterset else None,
        per_page=per_page,
        choose=choose,
        chosen=chosen,
        by_ids=by_ids,
        name=name,
    )
