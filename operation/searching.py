"""Searches rows for words, whatever their case and accents."""

import unicodedata
from collections.abc import Callable, Sequence
from functools import reduce
from operator import and_, or_
from typing import Any

from django.db.models import Func, Lookup, Model, Q, QuerySet, TextField

from operation.among import Among, ArrayOf

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


class _FoundBeside:
    """Whether a word is found at these fields of the row that a relation leads to.

    Those rows are looked for first, with the index on their words, and are an array then: only so can the database look
    up what is found here and there in one index each.
    """

    conditional = True

    def __init__(self, relation: str, fields: Sequence[str], word: str) -> None:
        self.relation, self.fields, self.word = relation, tuple(fields), word

    def resolve_expression(self, query: Any, *arguments: Any, **options: Any) -> Any:
        """A condition on the key of the relation, once it is known whose relation it is."""
        model: Any = query.model
        for name in self.relation.split("__"):
            model = model._meta.get_field(name).related_model
        found = model._base_manager.filter(found_at(self.fields, self.word)).values("pk")
        return Among(self.relation, ArrayOf(found)).resolve_expression(query, *arguments, **options)


def searched[Row: Model](queryset: QuerySet[Row], paths: Sequence[SearchPath], words: str) -> QuerySet[Row]:
    """The rows in which every word is found at one of the paths."""
    found = [reduce(or_, (found_at(path, word) for path in paths)) for word in words.split()]
    return queryset.filter(reduce(and_, found)) if found else queryset


def found_at(path: SearchPath, word: str) -> Q:
    """Where the word is found at the path."""
    if callable(path):
        return path(word)
    fields = (path,) if isinstance(path, str) else path
    relations = {field.rpartition("__")[0] for field in fields}
    if len(relations) == 1 and (relation := relations.pop()):
        return Q(_FoundBeside(relation, [field.rpartition("__")[2] for field in fields], word))
    return Q(Holds(PlainWords(*fields), word))
