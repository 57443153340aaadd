"""Previews an achievement, saved or not: whom it would award now, who is one step away, and what an edit changes (N4).

The same compiled statements as the sweep's, in a transaction that can write nothing and in which nothing runs for long.
What is too much to count in that time is estimated from some people, and says so.
"""
# ruff: noqa: S608 - every piece of text is a constant of this module; values arrive as parameters

import contextlib
import time
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import psycopg.errors
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from achievements.conditions import counting
from achievements.conditions.earners import earners
from achievements.conditions.events import EVERYBODY, People, Rule
from achievements.conditions.parsing import ConditionError
from achievements.conditions.sql import Sql
from achievements.definitions.widening import may_reach
from achievements.explaining import badge_forecasts
from achievements.explaining.badge_forecasts import BadgeForecast
from achievements.explaining.crowds import SAMPLE, SAMPLES, Crowd
from achievements.models import Achievement, EarnedAchievement
from achievements.sweep import late_badges
from achievements.sweep.earning import new_earners, one_per_period
from achievements.sweep.rules import RuledAchievement, Trees, rule_of, trees_of
from organizations.access import managed_organizations
from organizations.models import User
from organizations.scope import named
from organizations.telling_apart import tell_apart

SECONDS = 2.0  # of all statements together, and once more for an estimate
NOT_SAVED = 0  # the id of an achievement that is not stored yet: no one has earned it

_LIMITS = """
SELECT set_config('transaction_read_only', 'on', true), set_config('statement_timeout', %s, true),
    set_config('work_mem', '64MB', true), set_config('jit', 'off', true)
"""
_SOME_PEOPLE = Sql(
    "SELECT n, ARRAY(SELECT id FROM organizations_user TABLESAMPLE BERNOULLI (least(100, 100.0 * %s / n)))"
    " FROM (SELECT greatest(count(*), 1) AS n FROM organizations_user) everybody",
    (5_000,),
)


@dataclass(frozen=True, kw_only=True)
class EditEffect:
    """What an edit changes: who would be found newly, and who no longer. What was earned is not taken back."""

    gained: Crowd
    lost: Crowd


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What would happen now if the achievement were saved and enabled.

    `would_award` counts awards: somebody may earn it several times. `late_badges` go to people who earned it before and
    lack its badge. Of all these badges `ended_badges` have ended already: no letter tells of them. `difference` is to the
    version in force, where there is one and it says something else. With `is_estimate` the numbers are of everybody,
    reckoned from some. With `is_of_own` they are only of the people whom the reader administers: the achievement reaches
    further than that.
    """

    would_award: int
    late_badges: int = 0
    ended_badges: int = 0
    awarded: Crowd
    one_step_away: Crowd
    badge: BadgeForecast | None = None
    difference: EditEffect | None = None
    is_estimate: bool = False
    is_of_own: bool = False
    approval_limit: int | None = None
    sample: int = SAMPLE

    @property
    def is_held(self) -> bool:
        """Whether so many awards at a time wait for an administrator's decision (N5)."""
        return self.approval_limit is not None and self.would_award + self.late_badges > self.approval_limit

    @property
    def larger_sample(self) -> int | None:
        """How many names the next look at the same would show; None where these are all that it shows."""
        return next((size for size in SAMPLES if size > self.sample), None)


class TookTooLongError(Exception):
    """Not even an estimate was ready in time."""


def preview(achievement: Achievement, *, user: User, sample: int = SAMPLE, seconds: float = SECONDS) -> Preview:
    """Preview an achievement as it is in memory, enabled or not; an edited one also against the stored row.

    Reads the achievement's organization. It names whom the award would name to the reader. Numbers count everybody whom it
    reaches; where the reader may not have it reach so far, only people whom the reader administers. Raises
    ConditionError for conditions that cannot be understood, and TookTooLongError.
    """
    asked = _asked(achievement, user, sample)
    try:
        with _reading(seconds) as reading:
            counted = _count(reading, asked)
    except OperationalError as error:
        _raise_unless_timeout(error)
        return estimate(achievement, user=user, sample=sample, seconds=seconds)
    return _preview(asked, counted)


def estimate(achievement: Achievement, *, user: User, sample: int = SAMPLE, seconds: float = SECONDS) -> Preview:
    """As `preview`, reckoned from some thousand people drawn by chance; of fewer people than that it is exact.

    Who wins a day (Per Day) cannot be told from some. Raises ConditionError and TookTooLongError.
    """
    if achievement.frequency_type == Achievement.FrequencyType.PER_DAY:
        raise TookTooLongError
    asked = _asked(achievement, user, sample)
    if asked.is_of_own:
        raise TookTooLongError
    try:
        with _reading(seconds) as reading:
            everybody, ids = reading.row(_SOME_PEOPLE)
            if not ids:
                raise TookTooLongError
            counted = _count(reading, asked.among(People(user_ids=ids))).times(everybody / len(ids))
    except OperationalError as error:
        _raise_unless_timeout(error)
        raise TookTooLongError from error
    return replace(_preview(asked, counted.within(_room(achievement))), is_estimate=True)


@dataclass(frozen=True)
class _Asked:
    """What is previewed, and for whom."""

    achievement: Achievement
    rule: Rule
    stored: Rule | None
    user: User
    sample: int

    @property
    def is_of_own(self) -> bool:
        """Whether only people whom the reader administers are counted."""
        return self.rule.people.organization_ids is not None

    def among(self, people: People) -> "_Asked":
        """The same, looking at these people only."""
        stored = self.stored and replace(self.stored, people=people)
        return replace(self, rule=replace(self.rule, people=people), stored=stored)


@dataclass(frozen=True)
class _Ids:
    """A crowd before its names are read."""

    count: int
    in_sight: int
    named: list[int]

    def times(self, factor: float) -> "_Ids":
        """For so many times as many people."""
        return replace(self, count=round(self.count * factor))


@dataclass(frozen=True)
class _Counted:
    """What the statements say."""

    awards: int
    awarded: _Ids
    one_step_away: _Ids
    gained: _Ids | None = None
    lost: _Ids | None = None
    late_badges: int = 0
    ended_late: int = 0
    ended: int = 0
    fates: Counter[str] = field(default_factory=Counter)

    def times(self, factor: float) -> "_Counted":
        """For so many times as many people."""
        return _Counted(
            round(self.awards * factor),
            self.awarded.times(factor),
            self.one_step_away.times(factor),
            self.gained and self.gained.times(factor),
            self.lost and self.lost.times(factor),
            self.late_badges,  # counted of everybody
            self.ended_late,
            round(self.ended * factor),
            badge_forecasts.times(self.fates, factor),
        )

    def within(self, room: int | None) -> "_Counted":
        """With no more awards than there are places."""
        if room is None:
            return self
        awarded = replace(self.awarded, count=min(self.awarded.count, room))
        fates = badge_forecasts.times(self.fates, awarded.count / max(1, self.awarded.count))
        return replace(self, awards=min(self.awards, room), awarded=awarded, ended=min(self.ended, room), fates=fates)


class _Reading:
    """A transaction that can write nothing, is rolled back, and whose statements have so many seconds in all."""

    def __init__(self, seconds: float) -> None:
        self.ends_at = time.monotonic() + seconds

    def row(self, statement: Sql) -> tuple[Any, ...]:
        """The one row of a statement. Raises OperationalError when the time is over."""
        with connection.cursor() as cursor:
            self.limit()
            cursor.execute(statement.text, statement.parameters)
            found: tuple[Any, ...] = cursor.fetchone()
            return found

    def limit(self) -> None:
        """No statement from here on runs longer than what is left."""
        left = max(1, round(1000 * (self.ends_at - time.monotonic())))  # 0 would be: no limit
        with connection.cursor() as cursor:
            cursor.execute(_LIMITS, [f"{left}ms"])


@contextmanager
def _reading(seconds: float) -> Generator[_Reading]:
    with transaction.atomic():
        yield _Reading(seconds)
        transaction.set_rollback(True)


def _asked(achievement: Achievement, user: User, sample: int) -> _Asked:
    stored = Achievement.objects.select_related("organization").filter(pk=achievement.pk).first()
    known = [one for one in (achievement, stored) if one is not None]
    trees, at = trees_of(known), timezone.now()
    rule = replace(rule_of(achievement, trees, at=at), achievement_id=achievement.pk or NOT_SAVED)
    asked = _Asked(achievement, rule, _in_force(stored, trees, at), user, sample)
    wide = [one for one in known if one.is_global]
    if not wide or may_reach(user, achievement.organization, all_trees=any(one.reaches_all_trees for one in wide)):
        return asked
    return asked.among(People(organization_ids=list(managed_organizations(user).values_list("pk", flat=True))))


def _in_force(stored: Achievement | None, trees: Trees, at: datetime) -> Rule | None:
    """The version in force; None for a new achievement, and where what is stored cannot be understood."""
    with contextlib.suppress(ConditionError):
        return rule_of(stored, trees, at=at) if stored else None
    return None


def _count(reading: _Reading, asked: _Asked) -> _Counted:
    awards = _awards(reading, asked)
    person = "SELECT user_id, min(earned_at) AS earned_at FROM found GROUP BY user_id"
    found = (
        Sql("WITH found AS MATERIALIZED (") + awards + f"), person AS ({person}) SELECT (SELECT count(*) FROM found), "
    )
    badges = badge_forecasts.columns(asked.achievement.badge)
    row = reading.row(found + badges + _crowd("person", asked, order="earned_at DESC, user_id"))
    number, ended, fates, odd_addresses, *awarded = row
    late, ended_late = _late_badges(reading, asked)
    counted = _Counted(
        number,
        _Ids(*awarded),
        _one_step_away(reading, asked),
        late_badges=late,
        ended_late=ended_late,
        ended=ended,
        fates=badge_forecasts.counted(fates, odd_addresses),
    )
    if asked.stored is None or asked.stored == asked.rule:
        return counted
    both = reading.row(_difference(asked, asked.stored))
    return replace(counted, gained=_Ids(*both[:3]), lost=_Ids(*both[3:]))


def _one_step_away(reading: _Reading, asked: _Asked) -> _Ids:
    """Nobody, where no place is left to be won."""
    if _room(asked.achievement) == 0:
        return _Ids(0, 0, [])
    near = Sql("WITH person AS MATERIALIZED (") + counting.one_step_away(asked.rule) + ") SELECT "
    return _Ids(*reading.row(near + _crowd("person", asked)))


def _late_badges(reading: _Reading, asked: _Asked) -> tuple[int, int]:
    """How many would get a badge late, and how many of these badges have ended; of everybody even beside an estimate."""
    achievement = asked.achievement
    if achievement.pk is None or achievement.badge_id is None:
        return 0, 0
    people = asked.rule.people if asked.is_of_own else EVERYBODY
    _count, issuable = reading.row(late_badges.counts(achievement, people))
    days = achievement.badge.valid_days if achievement.badge else None
    if not issuable or days is None:
        return int(issuable), 0
    (ended,) = reading.row(late_badges.ended(achievement, days, people))
    return int(issuable), int(ended)


def _awards(reading: _Reading, asked: _Asked) -> Sql:
    """The rows (…, user_id, nth, earned_at) that the next sweep would add, were the achievement enabled."""
    new, room = new_earners(asked.rule), _room(asked.achievement)
    if room is not None:
        return Sql("SELECT * FROM (") + new + Sql(") new ORDER BY earned_at, user_id LIMIT %s", (room,))
    if asked.achievement.frequency_type == Achievement.FrequencyType.PER_DAY:
        reading.limit()
        everybody = replace(asked.rule, people=EVERYBODY)
        winners = [found.user_id for found in one_per_period(RuledAchievement(asked.achievement, everybody))]
        if asked.is_of_own:
            winners = list(User.objects.visible_to(asked.user).filter(pk__in=winners).values_list("pk", flat=True))
        return new_earners(replace(asked.rule, people=People(user_ids=winners)))
    return new


def _room(achievement: Achievement) -> int | None:
    """How many places are left of those that students compete for (S55); None where there is no such number."""
    if achievement.frequency_type != Achievement.FrequencyType.PER_ACHIEVEMENT:
        return None
    taken = EarnedAchievement.objects.filter(achievement_id=achievement.pk).count() if achievement.pk else 0
    return max(0, achievement.frequency - taken)


def _difference(asked: _Asked, stored: Rule) -> Sql:
    """Over all history, whether earned before or not: who is found now and was not, and who was and is not."""
    draft, force = (earners(replace(rule, times=1)) for rule in (asked.rule, stored))
    return (
        Sql("WITH draft AS MATERIALIZED (SELECT user_id FROM (")
        + draft
        + ") met), in_force AS MATERIALIZED (SELECT user_id FROM ("
        + force
        + ") met), gained AS (TABLE draft EXCEPT TABLE in_force), lost AS (TABLE in_force EXCEPT TABLE draft) SELECT "
        + _crowd("gained", asked)
        + ", "
        + _crowd("lost", asked)
    )


def _crowd(rows: str, asked: _Asked, *, order: str = "user_id") -> Sql:
    """Three columns: how many of them there are, how many may be named to the reader, and some of those."""
    visible = Sql(*User.objects.filter(named(asked.user)).order_by().values("pk").query.sql_with_params())
    in_sight = Sql(f" FROM {rows} WHERE user_id IN (") + visible + ")"
    some = Sql(f" ORDER BY {order} LIMIT %s)", (asked.sample,))
    return (
        Sql(f"(SELECT count(*) FROM {rows}), (SELECT count(*)") + in_sight + "), ARRAY(SELECT user_id" + in_sight + some
    )


def _preview(asked: _Asked, counted: _Counted) -> Preview:
    crowds = (counted.awarded, counted.one_step_away, counted.gained, counted.lost)
    people = User.objects.select_related("organization").in_bulk({pk for ids in crowds if ids for pk in ids.named})
    in_reach = set(User.objects.visible_to(asked.user).filter(pk__in=people).values_list("pk", flat=True))
    tell_apart(people.values(), asked.user)

    def crowd(ids: _Ids) -> Crowd:
        named = [people[pk] for pk in ids.named if pk in people]
        return Crowd(ids.count, min(ids.count, ids.in_sight), named, in_reach)

    difference, badge = None, asked.achievement.badge
    if counted.gained and counted.lost:
        difference = EditEffect(gained=crowd(counted.gained), lost=crowd(counted.lost))
    return Preview(
        would_award=counted.awards,
        late_badges=counted.late_badges,
        ended_badges=counted.ended + counted.ended_late,
        awarded=crowd(counted.awarded),
        one_step_away=crowd(counted.one_step_away),
        badge=badge_forecasts.forecast(badge, counted.fates) if badge else None,
        difference=difference,
        is_of_own=asked.is_of_own,
        approval_limit=asked.achievement.organization.approval_limit,
        sample=asked.sample,
    )


def _raise_unless_timeout(error: OperationalError) -> None:
    if not isinstance(error.__cause__, psycopg.errors.QueryCanceled):
        raise error
