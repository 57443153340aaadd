"""Mends what was stored before control characters were refused: the texts, and the documents that were signed of them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, models, transaction

from badges.models import Badge, BadgeProvider, Credential, IssuedBadge
from badges.openbadges.credentials import sign_again
from badges.openbadges.verifying import verify
from operation.characters import printable, printable_prose
from organizations.models import User

# Every column that a signed document tells, beside addresses, which are validated as such.
ONE_LINE: Mapping[Any, tuple[str, ...]] = {
    Badge: ("name",),
    BadgeProvider: ("name",),
    User: ("first_name", "last_name"),
    IssuedBadge: ("source_words",),
}
PROSE: Mapping[Any, tuple[str, ...]] = {Badge: ("description", "criteria")}

_CONTROLS = r"\u0001-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u2028\u2029\ufffe\uffff"
# As JSON writes them. A backslash before a "b" may stand for itself: whether the signature fits is looked at, too.
_CONTROLS_IN_JSON = r"\\u00[01]|\\[bf]|[\u007f\ufffe\uffff]"


@dataclass(frozen=True)
class NameClash:
    """A text that cannot be cleaned: another row has the clean name."""

    row: models.Model

    def __str__(self) -> str:
        return f"{self.row._meta.verbose_name} {self.row.pk}"


def clean_texts() -> tuple[int, list[NameClash]]:
    """Take control characters out of the stored texts; how many were changed, and which could not be.

    Safe to repeat and beside people at work: a text that somebody changes meanwhile is left to the next run.
    """
    done = [
        *_cleaned(ONE_LINE, rf"[{_CONTROLS}\t\n\r]", printable),
        *_cleaned(PROSE, f"[{_CONTROLS}]", printable_prose),
    ]
    return done.count(None), [name for name in done if name is not None]


def sign_anew(*, at: datetime) -> int:
    """Sign the credentials again whose signature does not fit what they say; how many. Safe to repeat.

    Looks at those that may hold control characters: before, these were signed in another form than the standard's.
    Raises badges.secrets.UnreadableSecretError when an issuer's key cannot be read.
    """
    suspects = Credential.objects.filter(document__regex=_CONTROLS_IN_JSON).select_related("issued_badge__provider")
    count = 0
    for credential in suspects.order_by("pk").iterator(chunk_size=200):
        if not verify(credential.document, at=at).is_signed:
            sign_again(credential.issued_badge, at=at)
            count += 1
    return count


def _cleaned(
    columns: Mapping[Any, tuple[str, ...]], pattern: str, clean: Callable[[str], str]
) -> Iterator[NameClash | None]:
    for model, names in columns.items():
        for name in names:
            unclean = model._base_manager.filter(**{f"{name}__regex": pattern})
            for row in unclean.order_by("pk").iterator():
                # Once more by what is wrong with it: what somebody has written since is left alone.
                yield _clean(unclean.filter(pk=row.pk), row, {name: clean(getattr(row, name))})


def _clean(still_unclean: models.QuerySet[Any], row: models.Model, value: dict[str, str]) -> NameClash | None:
    try:
        with transaction.atomic():
            still_unclean.update(**value)
    except IntegrityError:
        return NameClash(row)
    return None
