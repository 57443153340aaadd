"""What is chosen in a list: how ids travel, and what a press inside a dialog asks of its list.

A dialog that chooses many posts one form. Its body holds the ticks of this page, the ids ticked on others in one field,
and the state of the list. So an address never grows, and a press without a script loses nothing.
"""

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, QueryDict

from listing.paging import COUNTED

# What one choice may hold, and one press may act on: 20,000 ids are 200 KB of a request.
MOST_AT_ONCE = 20_000
# More digits than that no id of the database has.
LONGEST_ID = 18
# Buttons of a dialog's list. The value of each is the list's next state, as a query.
SEARCH_IT, TURN, CHOOSE_ALL, CHOOSE_NONE = ACTS = "list_search", "list_turn", "list_all", "list_none"
# A hidden field: the state of the list as it stands.
STATE = "list_state"
# A button of the page behind a dialog: opens the list, for who has no script, with all that was typed on that page.
OPENS = "list_opens"
# A box beside a page's own list: what is done is done to all that the list finds, on every page of it.
ALL_FOUND = "all_found"


@dataclass(frozen=True)
class Choice:
    """Lines can be chosen: check boxes (`many`) or radio buttons, sent under `name`; what is chosen on other pages stays.

    The boxes belong to the form with the id `form`, which stands beside the list. With `many`, search, order and pages
    are buttons of that form as well, and the view answers their POST; one radio button travels in the address.
    `of_page`: the list is a page's own and not a dialog's. It keeps its Output Options, and what is chosen is done with
    before the next page is turned to. `words` names a row to who cannot see its line. `prefix`: the lines are chosen for
    the filter of another list, whose query stays in the address; the search, order and page of this one have the prefix,
    and what is chosen stays in the address too.
    """

    name: str
    form: str
    many: bool = True
    of_page: bool = False
    words: Callable[[Any], object] = str
    prefix: str = ""

    @property
    def travels_in_body(self) -> bool:
        """Whether every step in the list is a POST of the form that holds what is chosen."""
        return self.many and not self.of_page and not self.prefix

    @property
    def takes_all_found(self) -> bool:
        """Whether one press may be about all that is found, and not about what is ticked alone."""
        return self.many and not self.prefix

    @property
    def most(self) -> int:
        """How many lines one press about all that is found may be about: no more are counted, so no more can be named."""
        return COUNTED


def numbers(words: Iterable[str]) -> list[int]:
    """The ids among these words, each once, in their order; commas part them. What is no id of any row is left out."""
    parts = (part for word in words for part in word.split(","))
    return list(dict.fromkeys(int(part) for part in parts if is_id(part)))


def is_id(word: str) -> bool:
    """Whether the word can be the id of a row."""
    return word.isascii() and word.isdecimal() and len(word) <= LONGEST_ID


def is_about_list(request: HttpRequest) -> bool:
    """Whether the press only searches, sorts, turns or ticks: nothing is done with what is chosen yet."""
    return any(act in request.POST for act in ACTS)


def carried(data: QueryDict, names: Container[str]) -> list[tuple[str, str]]:
    """What the page behind a dialog had in its fields, by name, when a form without a script opened it; but for `names`."""
    own = {"csrfmiddlewaretoken", "q", OPENS, STATE, *ACTS}
    return [
        (name, value) for name in data if name not in own and name not in names for value in data.getlist(name) if value
    ]


def state_of(data: QueryDict, search: str) -> QueryDict:
    """The list's state that a posted form asks for; `search` is the name of the search field."""
    act = next((act for act in ACTS if act in data), STATE)
    state = QueryDict(data.get(act, ""), mutable=True)
    if act == SEARCH_IT and data.get(search):
        state[search] = str(data[search])
    return state


def own_of(address: QueryDict, names: Iterable[str]) -> QueryDict:
    """What the address that opened a dialog says of its list."""
    state = QueryDict(mutable=True)
    for name in names:
        if name in address:
            state.setlist(name, address.getlist(name))
    return state


def ticked(data: QueryDict, name: str) -> list[int]:
    """The ids that a posted form has ticked, on this page and on others."""
    return [] if CHOOSE_NONE in data else numbers(data.getlist(name))


class ChosenIds(forms.SelectMultiple):
    """Reads ids from boxes, and from one field that has the ids of other pages with commas between them."""

    def value_from_datadict(self, data: Mapping[str, Any], _files: object, name: str) -> list[str]:
        """Each id once; a word that is none stays, to be refused."""
        sent = data.getlist(name) if isinstance(data, QueryDict) else data.get(name, [])
        return list(dict.fromkeys(part for word in sent for part in str(word).split(",") if part))
