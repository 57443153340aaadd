"""Reads one cell: text in, a value for the database out, or WrongCell with a sentence that says what to write."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import TextChoices
from django.utils import translation
from django.utils.translation import gettext as _

from classes.importing.problems import shown
from courses.moments import is_too_far_ahead
from operation.characters import NOT_IN_PROSE, NOT_ON_ONE_LINE, with_line_feeds
from organizations.models import validate_time_zone
from organizations.user_names import is_shortened_number, normalized

type Reader = Callable[[str], object]

YEARS = range(1900, 2200)
# What separates organizations in a path, and the items of a cell that holds several.
BELOW, AND = ">", "|"

_USERNAME = re.compile(r"[\w.@+-]+")
_BOOLEANS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


class WrongCell(ValueError):  # noqa: N818 - the cell is wrong, not we
    """The cell cannot be taken; the message says why and what would do."""


def text(longest: int) -> Reader:
    """One line of text."""

    def read(cell: str) -> str:
        if NOT_ON_ONE_LINE.search(cell):
            raise WrongCell(_("it holds a line break or a control character; write it on one line."))
        return _short_enough(cell, longest)

    return read


def prose(longest: int) -> Reader:
    """Text that may have several lines."""

    def read(cell: str) -> str:
        if NOT_IN_PROSE.search(cell := with_line_feeds(cell)):
            raise WrongCell(_("it holds a control character; take it out."))
        return _short_enough(cell, longest)

    return read


def username(cell: str) -> str:
    """As the accounts of the product are named, and as they are typed to sign in."""
    if is_shortened_number(cell):
        raise WrongCell(
            _("“%(value)s” looks like a number that lost digits; make the column text, and fill it again.")
            % {"value": shown(cell)}
        )
    cell = normalized(cell)
    if not _USERNAME.fullmatch(cell):
        raise WrongCell(
            _("“%(value)s” is not a user name: letters, digits and @ . + - _ only.") % {"value": shown(cell)}
        )
    return _short_enough(cell, 150)


def email(cell: str) -> str:
    """An address a badge can be sent to."""
    try:
        validate_email(cell)
    except ValidationError:
        raise WrongCell(_("“%(value)s” is not an e-mail address.") % {"value": shown(cell)}) from None
    return _short_enough(cell, 254)


@lru_cache
def path(cell: str) -> str:
    """The names of an organization and of those above it, from the top: `Umbrella > Academy`."""
    names = [name.strip() for name in cell.split(BELOW)]
    if not all(names):
        raise WrongCell(
            _("“%(value)s” has an empty name in it; write it like Umbrella > Academy.") % {"value": shown(cell)}
        )
    return f" {BELOW} ".join(str(text(255)(name)) for name in names)


def several(read: Reader) -> Reader:
    """Items separated by |, each read by `read`; none of them empty, none twice."""

    def read_all(cell: str) -> list[object]:
        items = [item.strip() for item in cell.split(AND)] if cell else []
        if not all(items):
            raise WrongCell(_("there is an empty item between two |; take one | out."))
        return list(dict.fromkeys(read(item) for item in items))

    return read_all


def boolean(cell: str) -> bool:
    """True and false, also as yes and no, 1 and 0; the case does not matter."""
    value = _BOOLEANS.get(cell.lower())
    if value is None:
        raise WrongCell(_("“%(value)s” is neither true nor false.") % {"value": shown(cell)})
    return value


def number(lowest: int, highest: int) -> Reader:
    """A whole number in the bounds, in plain digits."""

    def read(cell: str) -> int:
        is_number = cell.isascii() and cell.isdecimal() and len(cell) <= 12
        if not is_number or not lowest <= int(cell) <= highest:
            raise WrongCell(
                _("“%(value)s” is not a whole number from %(lowest)s to %(highest)s.")
                % {"value": shown(cell), "lowest": lowest, "highest": highest}
            )
        return int(cell)

    return read


def moment(cell: str) -> datetime:
    """ISO 8601, in UTC where it names no offset: 2026-03-02T09:30:00+01:00, 2026-03-02 09:30, 2026-03-02."""
    try:
        value = datetime.fromisoformat(cell)
        value = value.replace(tzinfo=UTC) if value.tzinfo is None else value
    except ValueError:
        raise WrongCell(
            _("“%(value)s” is not a date and time; write it like 2026-03-02T09:30:00+01:00.") % {"value": shown(cell)}
        ) from None
    if value.year not in YEARS:
        raise WrongCell(
            _("the year of “%(value)s” is not between %(first)s and %(last)s.")
            % {"value": shown(cell), "first": YEARS[0], "last": YEARS[-1]}
        )
    return value


def moment_of_training(cell: str) -> datetime:
    """A moment that has come, but for the hours by which clocks and time zones may be wrong."""
    value = moment(cell)
    if is_too_far_ahead(value):
        raise WrongCell(
            _("“%(value)s” is more than a day ahead; leave out what has not happened yet.") % {"value": shown(cell)}
        )
    return value


@lru_cache
def time_zone(cell: str) -> str:
    """An IANA name."""
    try:
        validate_time_zone(cell)
    except ValidationError as error:
        raise WrongCell(error.messages[0]) from None
    return cell


def choice(choices: type[TextChoices]) -> Reader:
    """A value or a label of the choices, whatever its case: `wait_listed`, `Wait-Listed`.

    Labels are read in English and in the reader's language: a file does not change with who imports it.
    """

    def read(cell: str) -> str:
        word = cell.lower()
        for value, label in choices.choices:
            with translation.override("en"):
                in_english = str(label)
            if word in {value, in_english.lower(), str(label).lower()}:
                return str(value)
        raise WrongCell(
            _("“%(value)s” is not one of: %(choices)s.")
            % {"value": shown(cell), "choices": ", ".join(map(str, choices.labels))}
        )

    return read


def word(*words: str) -> Reader:
    """One of these words, whatever its case."""
    known = {each.lower(): each for each in words}

    def read(cell: str) -> str:
        if cell.lower() not in known:
            raise WrongCell(
                _("“%(value)s” is not one of: %(choices)s.") % {"value": shown(cell), "choices": ", ".join(words)}
            )
        return known[cell.lower()]

    return read


def _short_enough(cell: str, longest: int) -> str:
    if len(cell) > longest:
        raise WrongCell(_("it has %(length)s characters; %(longest)s fit.") % {"length": len(cell), "longest": longest})
    return cell
