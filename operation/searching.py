"""Searches rows for words."""

from collections.abc import Callable, Sequence
from functools import reduce
from operator import and_, or_

from django.db.models import Model, Q, QuerySet

# What finds a word of a search: a field path with its lookup, or a condition made of the word.
type SearchPath = str | Callable[[str], Q]


def searched[Row: Model](queryset: QuerySet[Row], paths: Sequence[SearchPath], words: str) -> QuerySet[Row]:
    """The rows in which every word is found at one of the paths."""
    found = [reduce(or_, (_at(path, word) for path in paths)) for word in words.split()]
    return queryset.filter(reduce(and_, found)) if found else queryset


def _at(path: SearchPath, word: str) -> Q:
    return Q((path, word)) if isinstance(path, str) else path(word)
