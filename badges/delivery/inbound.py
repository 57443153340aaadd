"""Learns from providers what became of badges: webhooks say that something happened, polling finds what they missed.

Nothing that arrives is believed. A webhook is a hint with the id of an event; the event is asked for with our own
token, and only the answer counts. Providers are asked outside any transaction.
"""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby

from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from badges.delivery import verdicts
from badges.delivery.applying import apply_state, apply_states
from badges.delivery.pacing import NoTurnError, at_work
from badges.delivery.recording import backoff
from badges.delivery.templates_reading import read_template
from badges.models import BadgeProvider, ProviderEvent
from badges.providers.base import Fault, Hint, Missing, Page, Provider, Refused, RemoteEvent, RemoteTemplate, Scope
from badges.providers.opening import capabilities_of
from badges.secrets import UnreadableSecretError
from operation import leases
from operation.wake import apply_events_soon

logger = logging.getLogger(__name__)

# Events asked for in one claim.
CLAIMED_AT_ONCE = 5
# An event may be announced before it can be read; so often it is asked for before it counts as unknown.
MISSING_AFTER = 3
GIVE_UP_AFTER = timedelta(days=5)
# Longer than any provider announces the same event again (Credly: 25 days).
KEPT_FOR = timedelta(days=60)
# Polling begins this much before the last poll, since lists lag. What differs between the clocks is taken off before;
# what a provider says of its own is exact to seconds.
OVERLAP = timedelta(hours=1)
SKEW = timedelta(minutes=1)
# A provider that is kept busy by deliveries is asked for events after this time.
BUSY_PAUSE = timedelta(seconds=10)
EVERYTHING_EVERY = timedelta(days=1)

Result = ProviderEvent.Result

_TAKE = f"""
UPDATE {BadgeProvider._meta.db_table} SET polling_until = clock_timestamp() + make_interval(secs => %(seconds)s)
WHERE id = %(id)s AND (polling_until IS NULL OR polling_until <= clock_timestamp())
RETURNING polling_until
"""  # noqa: S608 - our own name


def receive(provider: BadgeProvider, hint: Hint, *, at: datetime) -> None:
    """Store that something happened, once for each event, and have it asked for. Safe to repeat.

    Of the hint only the event's id is taken; what kind of event it is the provider will say.
    """
    _event, is_new = ProviderEvent.objects.get_or_create(
        provider=provider, event_id=hint.event_id, defaults={"received_at": at, "next_attempt_at": Now()}
    )
    if is_new:
        apply_events_soon()


def apply_events(*, seconds: float = 50.0) -> int:
    """Ask for the events that wait, and apply them; how many were asked for. Any number of workers may do so at once."""
    deadline, asked = time.monotonic() + seconds, 0
    while time.monotonic() < deadline and (events := _claim()):
        for _provider_id, group in groupby(events, key=lambda event: event.provider_id):
            asked += _ask_for(list(group))
    return asked


def forget_old_events(*, at: datetime) -> None:
    """Delete events that are done with, once they cannot be announced again."""
    ProviderEvent.objects.filter(received_at__lt=at - KEPT_FOR).exclude(result=Result.WAITING).delete()


def poll_all(*, seconds: float = 60.0) -> int:
    """Ask every provider that can be polled what has changed; how many issued badges did.

    Begins with none after `seconds`. Their order is left to chance: a slow one keeps not always the same others waiting.
    """
    deadline, changed = time.monotonic() + seconds, 0
    for provider in _askable(BadgeProvider.objects.filter(is_enabled=True)).order_by("?"):
        if time.monotonic() >= deadline:
            break
        if capabilities_of(provider).can_be_polled:
            changed += poll(provider)
    return changed


def poll(provider: BadgeProvider, *, at: datetime | None = None, seconds: float = 20.0) -> int:
    """Ask for what changed since the last poll, then once a day for everything; how many issued badges changed here.

    Asks for no further page after `seconds`: the reading of everything goes on with the next poll, page by page. At
    most one poll of a provider runs at a time: a second one returns 0 at once.
    """
    at, deadline = at or timezone.now(), time.monotonic() + seconds
    with _alone(provider) as is_alone:
        if not is_alone:
            return 0
        provider.refresh_from_db(fields=["polled_at", "polled_page", "polled_fully_at"])
        try:
            with at_work(provider) as opened:
                return _poll(Walker(provider, opened, at, deadline))
        except UnreadableSecretError:
            verdicts.note_unreadable_token(provider)
            return 0


@dataclass(frozen=True)
class PageReading:
    """How far a reading of pages came: `next_page` is None at the end of the list."""

    next_page: int | None
    changed: int
    oldest: datetime | None = None  # change that was read, by our clock
    is_over: bool = False  # there is nothing further that was to be read
    fault: Fault | Refused | None = None


@dataclass(frozen=True)
class Walker:
    """Reads pages of what changed last, at one provider, until its time is up."""

    provider: BadgeProvider
    opened: Provider
    at: datetime
    deadline: float

    def walk(self, page: int, *, since: datetime | None) -> PageReading:
        """Apply the pages from this one on, down to `since`; one at least, so that there is an end to any list."""
        walk = PageReading(page, 0)
        while walk.next_page is not None:
            try:
                answer = self.opened.changed(walk.next_page)
            except NoTurnError:
                break
            if not isinstance(answer, Page):
                return replace(walk, fault=answer)
            changed = walk.changed + apply_states(self.provider, answer.rows, at=self.at)
            ahead = timedelta(0) if answer.as_of is None else answer.as_of - timezone.now()
            oldest = min((one.changed_at - ahead for one in answer.rows if one.changed_at), default=walk.oldest)
            is_known_from_here = since is not None and oldest is not None and oldest < since
            is_over = answer.next_page is None or is_known_from_here
            walk = PageReading(answer.next_page, changed, oldest, is_over)
            if is_over or time.monotonic() >= self.deadline:
                break
        return walk


def _poll(walker: Walker) -> int:
    """First what is new, then a piece of everything; both are stored, so that neither is begun anew for the other."""
    provider, at = walker.provider, walker.at
    news = walker.walk(1, since=(provider.polled_at or at) - OVERLAP)
    if news.fault is not None:
        verdicts.note(provider, news.fault)
    if news.fault is not None or news.next_page == 1:  # not a page was read
        return news.changed
    page = _where_everything_goes_on(provider, news, at)
    rest = PageReading(None, 0, is_over=news.next_page is None) if page is None else walker.walk(page, since=None)
    learnt = {"polled_at": at, "polled_page": rest.next_page} | ({"polled_fully_at": at} if rest.is_over else {})
    BadgeProvider.objects.filter(pk=provider.pk).update(**learnt)
    verdicts.note(provider, rest.fault or rest, at=at, scope=Scope.ISSUED_BADGES)
    return news.changed + rest.changed


def _where_everything_goes_on(provider: BadgeProvider, news: PageReading, at: datetime) -> int | None:
    """The page at which the reading of everything begins or goes on; None when it is done, or not due.

    A badge that changes comes to the front and moves those before it to later pages, so that none is passed over; a
    deleted one may hide another, until the next day. News that were not reached in time are read with everything.
    """
    if news.next_page is None:
        return None
    has_gap = not news.is_over and not _is_before(news.oldest, provider.polled_at)
    if has_gap:
        return news.next_page
    if provider.polled_page is not None:
        return max(provider.polled_page, news.next_page)
    is_due = provider.polled_fully_at is None or provider.polled_fully_at <= at - EVERYTHING_EVERY
    return news.next_page if is_due else None


def _is_before(oldest: datetime | None, polled_at: datetime | None) -> bool:
    """Whether what was read reaches back to what the last poll has read."""
    return oldest is not None and polled_at is not None and oldest < polled_at - SKEW


@contextmanager
def _alone(provider: BadgeProvider) -> Iterator[bool]:
    """Whether nobody else polls this provider; nobody will until the end, or until the lease of a killed worker is over.

    No transaction may be open while a provider is asked, and a pooler may give its session to others meanwhile.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {"id": provider.pk, "seconds": leases.LEASE.total_seconds()})
        until = cursor.fetchone()
    try:
        yield until is not None
    finally:
        if until is not None:
            BadgeProvider.objects.filter(pk=provider.pk, polling_until=until[0]).update(polling_until=None)


def _askable(providers: QuerySet[BadgeProvider]) -> QuerySet[BadgeProvider]:
    """Neither paused by a dead token nor held after failures."""
    return providers.filter(paused_at__isnull=True).exclude(pace__held_until__gt=Now())


def _claim() -> list[ProviderEvent]:
    """Some events that are due, for this worker alone until their lease ends; those of one provider together."""
    askable = _askable(BadgeProvider.objects.filter(is_enabled=True))
    waiting = ProviderEvent.objects.filter(result=Result.WAITING, provider__in=askable).select_related("provider")
    return sorted(leases.take(waiting, CLAIMED_AT_ONCE), key=lambda event: (event.provider_id, event.pk))


def _ask_for(events: Sequence[ProviderEvent]) -> int:
    """Ask one provider for its events in turn; how many. At its first fault the others are put back as they were."""
    provider, asked, wait = events[0].provider, 0, timedelta(0)
    try:
        with at_work(provider) as opened:
            for event in events:
                is_to_go_on = _settle(event, opened)
                asked += 1
                if not is_to_go_on:
                    break
    except UnreadableSecretError:
        verdicts.note_unreadable_token(provider)
    except NoTurnError:
        wait = BUSY_PAUSE
    leases.give_back(events[asked:], wait)
    return asked


def _settle(event: ProviderEvent, opened: Provider) -> bool:
    """Ask for one event and write what came of it; False when the provider is not to be asked further."""
    now = timezone.now()
    told = opened.get_event(event.event_id)
    if isinstance(told, RemoteEvent):
        event.event_type = told.event_type[:100]
    outcome = _apply(event.provider, opened, told, at=now) if isinstance(told, RemoteEvent) else told
    if isinstance(outcome, Result):
        verdicts.note(event.provider, told, at=now, scope=Scope.EVENTS)
        _finish(event, outcome)
    elif isinstance(outcome, Missing) and event.attempts >= MISSING_AFTER:
        _finish(event, Result.MISSING)
    else:
        _try_later(event, now)
        if not isinstance(outcome, Missing):
            verdicts.note(event.provider, outcome)
    return not isinstance(outcome, verdicts.FAULTS)


def _apply(
    provider: BadgeProvider, opened: Provider, event: RemoteEvent, *, at: datetime
) -> Result | Missing | Refused | Fault:
    """What came of an event. It shows its badge as it was then, and tells when that was.

    What a template is now is asked for: there is nothing to tell an old event of it from a new one.
    """
    if event.badge is not None:
        moments = (event.badge.changed_at, event.occurred_at)
        as_of = max((moment for moment in moments if moment), default=None)
        return apply_state(provider, replace(event.badge, changed_at=as_of), at=at)
    if event.template is None:
        return Result.IGNORED
    answer = read_template(provider, opened, event.template.external_id, at=at)
    return Result.APPLIED if isinstance(answer, RemoteTemplate | Missing) else answer


def _finish(event: ProviderEvent, result: Result) -> None:
    leases.mine(event).update(event_type=event.event_type, result=result, next_attempt_at=None)


def _try_later(event: ProviderEvent, now: datetime) -> None:
    """After a while; not for ever, since the daily poll learns of everything as well."""
    if event.received_at < now - GIVE_UP_AFTER:
        logger.warning("The event %s of badge provider %s was given up.", event.event_id, event.provider_id)
        _finish(event, Result.GIVEN_UP)
        return
    leases.mine(event).update(next_attempt_at=Now() + backoff(event.attempts), event_type=event.event_type)
