"""How often a provider is called, by all workers together: knows the turns, and the pause after answers that fail.

The turns are kept in one row of PostgreSQL for each provider, so that neither a second worker nor a lost broker changes
the rate. All moments are the database's own: workers' clocks may differ.
"""

import logging
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection

from badges.models import BadgeProvider
from badges.providers.base import Provider
from badges.providers.opening import open_provider
from operation import tallies

logger = logging.getLogger(__name__)

# Of the rate that a provider permits: requests that leave evenly do not arrive evenly.
MARGIN = 0.95
# Seconds before a turn at which to check that the request is still wanted: requests must leave as evenly as their turns come.
LAST_MOMENT = 0.05
# Seconds that a caller waits for a turn. Every wait counts against the lease of what the caller holds.
LONGEST_WAIT = 30.0
# After so many failures one after another the provider is asked no more than now and then, until it answers.
PATIENT_FAILURES = 5
LONGEST_HOLD = 300.0
# After "too often" without a time, seconds: at most, and up to which callers simply take a later turn.
LONGEST_REFUSAL = 60.0
SHORT = 1.0
# While one badge is tried to see whether the provider is back, the others wait this long.
PROBE = 30.0

_TAKE = """
INSERT INTO badges_providerpace AS pace (provider_id, next_at)
VALUES (%(provider)s, clock_timestamp() + make_interval(secs => %(step)s))
ON CONFLICT (provider_id) DO UPDATE SET next_at =
    greatest(pace.next_at, clock_timestamp()) + make_interval(secs => %(step)s)
    WHERE pace.next_at <= clock_timestamp() + make_interval(secs => %(longest)s)
RETURNING extract(epoch FROM next_at - clock_timestamp())::float - %(step)s
"""

_FAILED = """
WITH former AS (SELECT failures FROM badges_providerpace WHERE provider_id = %(provider)s)
INSERT INTO badges_providerpace AS pace (provider_id, next_at, failures)
VALUES (%(provider)s, clock_timestamp(), 1)
ON CONFLICT (provider_id) DO UPDATE SET
    failures = pace.failures + CASE WHEN pace.failures < %(patient)s OR %(probe)s THEN 1 ELSE 0 END,
    held_until = CASE
        WHEN %(probe)s THEN clock_timestamp() + make_interval(
            secs => %(spread)s * least(%(longest)s, power(2, least(pace.failures + 1 - %(patient)s, 16))))
        WHEN pace.failures + 1 >= %(patient)s THEN
            greatest(pace.held_until, clock_timestamp() + make_interval(secs => %(spread)s))
        ELSE pace.held_until END
RETURNING failures, coalesce((SELECT failures FROM former), 0)
"""

_ANSWERED = """
UPDATE badges_providerpace AS pace SET failures = 0, refusals = 0,
    held_until = CASE WHEN pace.failures > 0 THEN NULL ELSE pace.held_until END
FROM (
    SELECT provider_id, failures FROM badges_providerpace
    WHERE provider_id = %s AND (failures > 0 OR refusals > 0) FOR UPDATE
) AS former
WHERE pace.provider_id = former.provider_id RETURNING former.failures
"""

# Of a crowd that is refused together, the first one counts. A short pause is a gap between turns, a long one a hold.
_REFUSED = """
UPDATE badges_providerpace SET
    refusals = refusals + CASE WHEN next_at > clock_timestamp() + make_interval(secs => %(short)s) THEN 0 ELSE 1 END,
    next_at = greatest(next_at, clock_timestamp() + make_interval(secs => least(%(short)s, wait.seconds))),
    held_until = CASE WHEN wait.seconds > %(short)s
        THEN greatest(held_until, clock_timestamp() + make_interval(secs => wait.seconds)) ELSE held_until END
FROM (
    SELECT provider_id, coalesce(%(asked)s, least(%(longest)s, 0.1 * power(2, least(refusals, 16)))) AS seconds
    FROM badges_providerpace
) AS wait
WHERE badges_providerpace.provider_id = %(provider)s AND wait.provider_id = badges_providerpace.provider_id
"""

_HOLD = """
INSERT INTO badges_providerpace AS pace (provider_id, next_at, held_until)
VALUES (%(provider)s, clock_timestamp(), clock_timestamp() + make_interval(secs => %(seconds)s))
ON CONFLICT (provider_id) DO UPDATE SET
    held_until = greatest(pace.held_until, clock_timestamp() + make_interval(secs => %(seconds)s))
"""


class NoTurnError(Exception):
    """The next free turn is later than the caller can wait, or nothing may be asked any more: the request did not leave."""


@contextmanager
def at_work(
    provider: BadgeProvider, *, patience: float | None = None, may_leave: Callable[[], bool] | None = None
) -> Iterator[Provider]:
    """The provider, ready to be asked, each request in its turn. Raises badges.secrets.UnreadableSecretError.

    A request whose turn would come after `patience` seconds, or LONGEST_WAIT, raises NoTurnError; and so does one that
    `may_leave` forbids, which is asked when the turn is about to come, because much may change during the wait for it.
    """
    longest = min(patience or LONGEST_WAIT, LONGEST_WAIT)

    def before_request() -> None:
        take_turn(provider.pk, provider.requests_per_second, longest=longest, may_leave=may_leave)

    opened = open_provider(provider, before_request=before_request, patience=patience)
    try:
        yield opened
    finally:
        opened.close()
        tallies.flush()


def take_turn(
    provider_id: int,
    requests_per_second: int,
    *,
    longest: float | None = None,
    may_leave: Callable[[], bool] | None = None,
) -> None:
    """Wait until the provider may be called once more, `longest` (LONGEST_WAIT) seconds at most. Raises NoTurnError."""
    parameters = {
        "provider": provider_id,
        "step": 1.0 / (MARGIN * requests_per_second),
        "longest": LONGEST_WAIT if longest is None else longest,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, parameters)
        turn = cursor.fetchone()
    if turn is None:
        raise NoTurnError
    comes_at = time.monotonic() + turn[0]
    _sleep_until(comes_at - LAST_MOMENT)
    if may_leave is not None and not may_leave():
        raise NoTurnError
    _sleep_until(comes_at)


def _sleep_until(moment: float) -> None:
    if (left := moment - time.monotonic()) > 0:
        time.sleep(left)


def note_failure(provider_id: int, *, is_probe: bool = False) -> None:
    """The provider did not answer as it should. After a few in a row it is held: asked again only after a pause.

    The pause doubles with each probe that fails, up to five minutes, and is spread by chance. The calls that were under
    way when the trouble began count for little: there may have been many.
    """
    parameters = {
        "provider": provider_id,
        "patient": PATIENT_FAILURES,
        "probe": is_probe,
        "longest": LONGEST_HOLD,
        "spread": random.uniform(0.5, 1.0),  # noqa: S311 - spreads the load, guards nothing
    }
    with connection.cursor() as cursor:
        cursor.execute(_FAILED, parameters)
        failures, before = cursor.fetchone()
    if before < PATIENT_FAILURES <= failures:
        logger.warning("The badge provider %s is away: it failed %d times one after another.", provider_id, failures)


def hold(provider_id: int, seconds: float) -> None:
    """Ask the provider nothing for a while, because it said so itself or because somebody is trying it."""
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, {"provider": provider_id, "seconds": seconds})


def note_refusal(provider_id: int, *, retry_after: float | None) -> None:
    """The provider was asked too often. It is left alone as long as it says or, without a word, longer each time."""
    parameters = {"provider": provider_id, "asked": retry_after, "short": SHORT, "longest": LONGEST_REFUSAL}
    with connection.cursor() as cursor:
        cursor.execute(_REFUSED, parameters)


def is_failing(provider_id: int) -> bool | None:
    """Whether the provider failed so often that one caller at a time may try it; None: it is held, nobody may.

    For a transaction: of those who ask about a failing provider, the second waits for the first one's decision.
    """
    query = "SELECT failures >= %s, held_until > clock_timestamp() FROM badges_providerpace WHERE provider_id = %s"
    with connection.cursor() as cursor:
        cursor.execute(query, [PATIENT_FAILURES, provider_id])
        fails, is_held = cursor.fetchone() or (False, None)
        if fails and not is_held:
            cursor.execute(query + " FOR UPDATE", [PATIENT_FAILURES, provider_id])
            fails, is_held = cursor.fetchone()
    return None if is_held else bool(fails)


def note_answer(provider_id: int) -> None:
    """The provider answers: nothing holds it any more."""
    with connection.cursor() as cursor:
        cursor.execute(_ANSWERED, [provider_id])
        failures = cursor.fetchone()
    if failures is not None and failures[0] >= PATIENT_FAILURES:
        logger.warning("The badge provider %s is back.", provider_id)


def release(provider_id: int) -> None:
    """Whatever held the provider, it may be asked again."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE badges_providerpace SET failures = 0, refusals = 0, held_until = NULL WHERE provider_id = %s",
            [provider_id],
        )
