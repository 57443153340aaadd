"""Brings issued badges to their providers: shares what is due out to threads, and to providers fairly.

The truth is in the rows; a task, a beat tick, a page or a command only says "look". Providers outside are called
between two short transactions, claim and record, never inside one. Whatever happens between the two (a killed worker,
a lost answer), the provider is asked what it has before anything is sent a second time.
"""

import logging
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from badges.delivery import pacing
from badges.delivery.asking import ask, defect, is_to_be_sent
from badges.delivery.claims import Claim, claim, claim_many, due_providers, may_leave
from badges.delivery.recording import Answer, apply, note, record
from badges.issuing.obstacles import UNSENDABLE
from badges.models import ON_ITS_WAY, BadgeProvider, IssuedBadge
from badges.openbadges.credentials import sign_together
from badges.providers.base import Provider, Unauthorized
from badges.secrets import UnreadableSecretError
from operation.wake import deliver_soon

logger = logging.getLogger(__name__)

# How many badges the built-in issuer signs in one transaction.
CHUNK = 50
# What is due, or may be asked again, within so many seconds is waited for; later, and a later look finds it.
SHORT_WAIT = 3.0
# How long a spare thread waits before it looks again whether somebody else has something due, in seconds.
SPARE = 0.25


def deliver_due(*, seconds: float = 50.0) -> int:
    """Bring everything that is due to its provider; how many rows were handled. Safe to run any number of times at once.

    Takes no new row after `seconds`. Works in DELIVERY_THREADS threads, shared fairly by the providers: see Round.
    """
    deadline = time.monotonic() + seconds
    handled = 0
    while time.monotonic() < deadline:
        due = due_providers(soon=SHORT_WAIT)
        if any(not one.held for one in due):
            done = _run(Round(deadline, settings.DELIVERY_THREADS))
            handled += done
            if not done:
                break
        elif due and (wait := min(one.held for one in due)) <= SHORT_WAIT:
            time.sleep(wait)
        else:
            break
    return handled


def deliver_now(issued_badge_id: int, *, patience: float) -> IssuedBadge:
    """Try to deliver one badge within `patience` seconds, for a person who waits; the row as it then is.

    What is not done by then continues later: it is `pending` or `uncertain`, never lost.
    """
    deadline = time.monotonic() + patience
    while True:
        row = IssuedBadge.objects.select_related("badge", "student", "provider").get(pk=issued_badge_id)
        left = deadline - time.monotonic()
        if row.delivery not in ON_ITS_WAY or left <= 0:
            return row
        if _work_off(_claims(row.provider_id, deadline, only=row.pk), patience=left):
            continue
        if row.delivery != IssuedBadge.Delivery.SENDING:
            return row  # held, paused or not due yet: nothing to wait for
        time.sleep(0.1)  # a worker has it


def retry(rows: QuerySet[IssuedBadge]) -> int:
    """Try again, now, to deliver those of the rows that failed; how many they are.

    What would be refused without asking anybody stays as it is: see badges.issuing.obstacles.not_retriable. Requests
    that were never answered are sent again: the person who retries has checked that the badge is not there.
    """
    with transaction.atomic():
        failed = rows.filter(delivery=IssuedBadge.Delivery.FAILED).exclude(UNSENDABLE)
        ids = list(failed.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))
        chosen = IssuedBadge.objects.filter(pk__in=ids)
        chosen.filter(failure_code="no_answer").update(sent_at=None)
        count = chosen.update(
            delivery=IssuedBadge.Delivery.PENDING,
            next_attempt_at=Now(),
            attempts=0,
            looks=0,
            failure_code="",
            failure_message="",
            failed_at=None,
        )
        if count:
            deliver_soon()
    return count


def resume(provider: BadgeProvider) -> None:
    """Ask the provider again: what waited goes on its way at once (N10)."""
    BadgeProvider.objects.filter(pk=provider.pk).update(paused_at=None, pause_reason="")
    pacing.release(provider.pk)
    deliver_soon()


class Round:
    """Shares the threads of one run out to the providers that have something due.

    The provider with the fewest threads at work is next, so that a slow one or a long queue delays no other;
    and none gets all of them, so that a provider that comes later finds a free one. Providers are looked up again every second.
    """

    def __init__(self, deadline: float, threads: int) -> None:
        self.deadline = deadline
        self._most = max(1, threads - 2)
        self._lock = threading.Lock()
        self._at_work: Counter[int] = Counter()
        self._due: dict[int, BadgeProvider] = {}
        self._looked_at = 0.0

    def join(self) -> BadgeProvider | None:
        """A provider to work for, until `leave`; None when there is nothing for another thread to do."""
        with self._lock:
            if time.monotonic() >= self.deadline:
                return None
            if time.monotonic() - self._looked_at > 1:
                self._look()
            free = [pk for pk in self._due if self._at_work[pk] < self._most]
            if not free:
                return None
            chosen = min(free, key=lambda pk: (self._at_work[pk], pk))
            self._at_work[chosen] += 1
            return self._due[chosen]

    def leave(self, provider: BadgeProvider, *, is_done: bool) -> None:
        """The thread works for it no longer; `is_done`: nothing was due any more."""
        with self._lock:
            self._at_work[provider.pk] -= 1
            if is_done:
                self._due.pop(provider.pk, None)

    def is_over(self) -> bool:
        """Whether no thread works any more: then there is nothing to wait for."""
        with self._lock:
            return time.monotonic() >= self.deadline or not self._at_work.total()

    def is_needed_elsewhere(self, provider: BadgeProvider) -> bool:
        """Whether another provider has fewer threads than is fair beside this one."""
        with self._lock:
            if time.monotonic() - self._looked_at > 1:
                self._look()
            mine = self._at_work[provider.pk]
            return any(self._at_work[pk] + 1 < mine for pk in self._due if pk != provider.pk)

    def _look(self) -> None:
        due = [one.provider_id for one in due_providers() if not one.held]
        self._due = BadgeProvider.objects.in_bulk(due)
        self._looked_at = time.monotonic()


def _run(turn: Round) -> int:
    """All threads of one run; how many rows they handled. With one thread it is the caller's own."""
    threads = settings.DELIVERY_THREADS
    if threads == 1:
        return _serve(turn)
    with ThreadPoolExecutor(threads, thread_name_prefix="delivery") as pool:
        return sum(pool.map(lambda _number: _in_thread(turn), range(threads)))


def _in_thread(turn: Round) -> int:
    try:
        return _serve(turn)
    finally:
        connection.close()


def _serve(turn: Round) -> int:
    """Work for one provider after another until nobody has anything to do any more."""
    handled = 0
    while True:
        provider = turn.join()
        if provider is None:
            if turn.is_over():
                return handled
            time.sleep(SPARE)
            continue
        done = 0
        try:
            done = _sign_chunk(provider) if provider.is_built_in else _work_off(_turns(turn, provider))
            handled += done
        except (OperationalError, InterfaceError):
            raise
        except DatabaseError:  # of one row: its lease ends, and it is tried again; the others go on
            logger.exception("A badge of provider %s could not be delivered.", provider.pk)
        finally:
            turn.leave(provider, is_done=not done)


def _turns(turn: Round, provider: BadgeProvider) -> Iterator[Claim]:
    """One claim after another, while this provider may have this thread."""
    for claimed in _claims(provider.pk, turn.deadline):
        yield claimed
        if turn.is_needed_elsewhere(provider):
            return


def _claims(provider_id: int, deadline: float, *, only: int | None = None) -> Iterator[Claim]:
    """One claim after another, each made when the one before is done, until none is due or the time is over."""
    while time.monotonic() < deadline and (claimed := claim(provider_id, only=only)) is not None:
        yield claimed


def _work_off(claims: Iterator[Claim], *, patience: float | None = None) -> int:
    """Deliver the claims over one connection to the provider; how many there were."""
    count = 0
    with closing(_Desk(patience)) as desk:
        for claimed in claims:
            count += 1
            _bring(desk, claimed)
    return count


def _bring(desk: "_Desk", claimed: Claim) -> None:
    """One badge. A database error concerns this badge only: the others of its provider go on."""
    try:
        record(claimed, desk.ask(claimed))
    except (OperationalError, InterfaceError):
        raise
    except DatabaseError:
        logger.exception("Issued badge %s could not be delivered.", claimed.issued.pk)
        record(claimed, defect(claimed))


class _Desk:
    """Asks the provider for one claim after another, over one connection while its token and account are the same."""

    def __init__(self, patience: float | None) -> None:
        self._patience = patience
        self._connection = ExitStack()
        self._opened: Provider | None = None
        self._provider: BadgeProvider | None = None
        self._claimed: Claim | None = None

    def ask(self, claimed: Claim) -> Answer:
        """What the provider answers."""
        self._claimed = claimed
        return ask(lambda: self._provider_of(claimed), claimed)

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()
        self._opened = None

    def _provider_of(self, claimed: Claim) -> Provider:
        """Opened anew if it was changed: each claim brings the provider as it is stored then."""
        provider, before = claimed.issued.provider, self._provider
        is_same = before is not None and _conditions(provider) == _conditions(before)
        if self._opened is None or not is_same:
            self.close()
            turns = pacing.at_work(provider, patience=self._patience, may_leave=self._may_leave)
            self._opened, self._provider = self._connection.enter_context(turns), provider
        return self._opened

    def _may_leave(self) -> bool:
        return self._claimed is not None and may_leave(self._claimed)


def _conditions(provider: BadgeProvider) -> tuple[dict[str, str], int]:
    """What an opened provider keeps to until it is opened anew."""
    return provider.asked_with, provider.requests_per_second


def _sign_chunk(provider: BadgeProvider) -> int:
    """Sign what the built-in issuer has to, in one transaction: nothing outside is asked, so no claim outlives it."""
    with pacing.at_work(provider) as opened, transaction.atomic():
        claims = claim_many(provider.pk, CHUNK)
        _sign_ahead([claimed.issued for claimed in claims if is_to_be_sent(opened, claimed)])
        answers = [(claimed, _sign(opened, claimed)) for claimed in claims]
    if answers:  # one is enough, and a key that is gone is not to be overlooked
        note(*max(answers, key=lambda one: isinstance(one[1], Unauthorized)))
    return len(answers)


def _sign_ahead(badges: list[IssuedBadge]) -> None:
    """Sign them all at once: each is then found signed. What goes wrong is met again, and answered, one by one."""
    try:
        with transaction.atomic():
            sign_together(badges)
    except (OperationalError, InterfaceError):
        raise
    except (DatabaseError, UnreadableSecretError, ValueError):
        logger.info("Badges cannot be signed together; each is tried on its own.", exc_info=True)


def _sign(opened: Provider, claimed: Claim) -> Answer:
    """One badge. What the database will not take of it is undone alone."""
    try:
        with transaction.atomic():
            answer = ask(lambda: opened, claimed)
            apply(claimed.issued, answer, sent_before=claimed.sent_at)
    except (OperationalError, InterfaceError):
        raise
    except DatabaseError:
        logger.exception("Issued badge %s could not be signed.", claimed.issued.pk)
        answer = defect(claimed)
        apply(claimed.issued, answer, sent_before=claimed.sent_at)
    return answer
