"""Reads a provider's badge templates and keeps them, so that pages need not ask for them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from badges.models import BadgeProvider, BadgeTemplate
from badges.providers.base import Fault, Missing, Page, Provider, Refused, RemoteTemplate
from operation.retrying import retry_once

# No account has more; a provider whose pages never end must not keep a worker forever.
MOST_PAGES = 1000
_READ = ("name", "description", "image_url", "state", "allows_duplicates", "read_at")


@dataclass(frozen=True)
class Reading:
    """A complete reading: how many templates there are, and how many are there no more."""

    count: int
    gone: int


def read_templates(provider: BadgeProvider, opened: Provider, *, at: datetime) -> Reading | Refused | Fault:
    """Read all pages and store them. What is not listed any more becomes GONE, but only after a complete reading."""
    count, page = 0, 1
    for _turn in range(MOST_PAGES):
        answer = opened.list_templates(page)
        if not isinstance(answer, Page):
            return answer
        store_templates(provider, answer.rows, at=at)
        count += len(answer.rows)
        if answer.next_page is None:
            return Reading(count, gone=_forget_unread(provider, at))
        page = answer.next_page
    return Refused(_("The provider's list of templates does not end. Contact the provider."))


def read_template(
    provider: BadgeProvider, opened: Provider, template_ref: str, *, at: datetime
) -> RemoteTemplate | Missing | Refused | Fault:
    """Read one template and store what it is now, be it gone."""
    answer = opened.get_template(template_ref)
    if isinstance(answer, RemoteTemplate):
        store_templates(provider, [answer], at=at)
    elif isinstance(answer, Missing):
        stored = BadgeTemplate.objects.filter(provider=provider, external_id=template_ref, read_at__lte=at)
        stored.update(state=BadgeTemplate.State.GONE, read_at=at)
    return answer


def store_templates(provider: BadgeProvider, templates: Iterable[RemoteTemplate], *, at: datetime) -> None:
    """Insert or update, as read by a reading that began at `at`; what a later one has stored stays.

    Every writer does so in one order, so that two readings at once cannot deadlock.
    """
    rows = {template.external_id: _row(provider, template, at) for template in templates if template.external_id}
    BadgeTemplate.objects.bulk_create([rows[key] for key in sorted(rows)], ignore_conflicts=True)
    with transaction.atomic():
        stored = list(_not_read_since(provider, at).filter(external_id__in=rows))
        for row in stored:
            for name in _READ:
                setattr(row, name, getattr(rows[row.external_id], name))
        BadgeTemplate.objects.bulk_update(stored, _READ)


def _not_read_since(provider: BadgeProvider, at: datetime) -> QuerySet[BadgeTemplate]:
    """Of no later reading than the one that began at `at`; locked, in the order of all writers."""
    rows = BadgeTemplate.objects.filter(provider=provider, read_at__lte=at)
    return rows.select_for_update().order_by("external_id")


def _row(provider: BadgeProvider, template: RemoteTemplate, at: datetime) -> BadgeTemplate:
    """Cut to what the columns hold: a provider's limits are not known."""
    known = {state.value for state in BadgeTemplate.State}
    return BadgeTemplate(
        provider=provider,
        external_id=_text(template.external_id, 255),
        name=_text(template.name, 255) or _text(template.external_id, 255),
        description=_text(template.description, 20_000),
        image_url=template.image_url if len(template.image_url) <= 1000 else "",
        state=template.state if template.state in known else BadgeTemplate.State.DRAFT,
        allows_duplicates=template.allows_duplicates,
        read_at=at,
    )


def _text(words: str, longest: int) -> str:
    return words.replace("\x00", "")[:longest]


def _forget_unread(provider: BadgeProvider, at: datetime) -> int:
    """The reading that began at `at` is complete: what was not in it is gone at the provider. How many that are."""

    @transaction.atomic
    def forget() -> int:
        unread = _not_read_since(provider, at).filter(read_at__lt=at).exclude(state=BadgeTemplate.State.GONE)
        locked = [row.pk for row in unread.only("pk")]
        BadgeTemplate.objects.filter(pk__in=locked).update(state=BadgeTemplate.State.GONE, read_at=at)
        BadgeProvider.objects.filter(pk=provider.pk).update(templates_read_at=at)
        return len(locked)

    return retry_once(forget)
