"""Searches rows for words, whatever their case and accents."""

import unicodedata
from collections.abc import Callable, Sequence
from functools import reduce
from operator import and_, or_
from typing import Any

from django.db.models import Expression, Func, Lookup, Model, Q, QuerySet, TextField

# What finds a word of a search: a field path, several that are read as one text, or a condition made of the word.
type SearchPath = str | tuple[str, ...] | Callable[[str], Q]


def plain(words: str) -> str:
    """In small letters and without accents: for the few words that the product has itself."""
    parts = unicodedata.normalize("NFKD", words)
    return "".join(one for one in parts if not unicodedata.combining(one)).casefold()


class PlainWords(Func):
    """The texts at these field paths, with blanks between them, in lower case and without accents.

    The function of the database is made in migration 0002 of this app.
    """

    function = "plain_words"
    arg_joiner = " || ' ' || "
    output_field = TextField()


class _Like(Lookup):
    """Whether PlainWords are like a pattern around a word, in which nothing of the word is a wildcard."""

    lookup_name = "like_plain"
    prepare_rhs = False
    output_field: Any
    pattern = "%s"

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        """The word is made plain by the database, too."""
        plain, parameters = self.process_lhs(compiler, connection)
        word = connection.ops.prep_for_like_query(self.rhs)
        return f"{plain} LIKE plain_words(%s)", [*parameters, self.pattern % word]


class Holds(_Like):
    """Whether PlainWords hold a text: found by a trigram index on the same PlainWords, from three letters on."""

    pattern = "%%%s%%"


class Begins(_Like):
    """Whether PlainWords begin with a text."""

    pattern = "%s%%"


def searched[Row: Model](queryset: QuerySet[Row], paths: Sequence[SearchPath], words: str) -> QuerySet[Row]:
    """The rows in which every word is found at one of the paths."""
    found = [reduce(or_, (found_at(path, word) for path in paths)) for word in words.split()]
    return queryset.filter(reduce(and_, found)) if found else queryset


def found_at(path: SearchPath, word: str) -> Q:
    """Where the word is found at the path."""
    if callable(path):
        return path(word)
    fields: tuple[str | Expression, ...] = (path,) if isinstance(path, str) else path
    return Q(Holds(PlainWords(*fields), word))
