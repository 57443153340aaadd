"""A naive interpreter of conditions: reads rows, loops over them, and is obviously right. No SQL, no chunks, no hurry."""

import datetime as dt
import itertools
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from achievements.models import Achievement, EarnedAchievement
from courses.models import Course, TrainingRecord
from organizations.models import Organization, User

type Json = dict[str, Any]


@dataclass(frozen=True, order=True)
class Earned:
    """One row that should be in EarnedAchievement."""

    earned_at: dt.datetime
    achievement_id: int
    user_id: int
    nth: int


@dataclass(frozen=True, order=True)
class Event:
    """Something that counts: a record of a lab or course, or an award that was earned."""

    moment: dt.datetime
    id: int
    item: int = 0


class Facts:
    """All rows, read once; and the moment it is, later than which nothing has happened yet."""

    def __init__(self, at: dt.datetime | None) -> None:
        self.at = at
        self.parents: dict[int, int | None] = {one.pk: one.parent_id for one in Organization.objects.all()}
        self.achievements = list(Achievement.objects.select_related("organization"))
        self.points = {achievement.pk: achievement.points for achievement in self.achievements}
        self.users = list(User.objects.select_related("organization").order_by("pk"))
        self.records: dict[int, list[TrainingRecord]] = defaultdict(list)
        for record in TrainingRecord.objects.select_related("course"):
            self.records[record.user_id].append(record)
        self.tags: dict[int, set[int]] = defaultdict(set)
        for course_id, tag_id in Course.tags.through.objects.values_list("course_id", "coursetag_id"):
            self.tags[course_id].add(tag_id)

    def line(self, organization_id: int) -> list[int]:
        """The organization and those above it, up to the root."""
        line = [organization_id]
        while (parent_id := self.parents[line[-1]]) is not None:
            line.append(parent_id)
        return line


def everything(there: Iterable[Earned] = (), *, at: dt.datetime | None = None) -> list[Earned]:
    """What is in EarnedAchievement after a sweep, at that moment, that finds `there` in it.

    Nothing is ever taken back: with records changed or deleted, this is all that one sweep after another would have said.
    Each achievement comes after those that feed it. Of those that feed each other, what students compete for comes after
    what each earns alone, and as long as anybody has news all is looked at again.
    """
    facts = Facts(at)
    given = list(there)
    steps, cycle = in_order(facts.achievements)
    for step in steps:
        _give(facts, step, given)
    while _give(facts, cycle, given):
        pass
    return sorted(given)


def in_order(achievements: Iterable[Achievement]) -> tuple[list[list[Achievement]], list[Achievement]]:
    """The enabled ones in steps, each of which follows those before; and those that feed each other, with what follows."""
    steps, waiting = [], [achievement for achievement in achievements if achievement.is_enabled]
    while ready := [one for one in waiting if not any(feeds(other, one) for other in waiting)]:
        steps.append(ready)
        waiting = [one for one in waiting if one not in ready]
    return steps, waiting


def _give(facts: Facts, achievements: list[Achievement], given: list[Earned]) -> bool:
    """Award these; whether anybody had news."""
    before = len(given)
    free = [one for one in achievements if not is_limited(one)]
    for user in facts.users:
        given += _forward(facts, free, user, [one for one in given if one.user_id == user.pk])
    for achievement in achievements:
        if is_limited(achievement):
            given += _winners(facts, achievement, given)
    return len(given) > before


def feeds(source: Achievement, achievement: Achievement) -> bool:
    """Whether another achievement can lead to this one."""
    return source != achievement and any(
        source.pk in condition["AchievementIds"] if "AchievementIds" in condition else source.points > 0
        for condition in achievement.conditions
        if condition["Subject"] == 40
    )


def follows(achievement: Achievement) -> bool:
    """Whether other achievements lead to this one."""
    return any(condition["Subject"] == 40 for condition in achievement.conditions)


def is_limited(achievement: Achievement) -> bool:
    """Whether students compete for it."""
    return achievement.frequency_type != Achievement.FrequencyType.PER_USER


def _forward(facts: Facts, achievements: list[Achievement], user: User, there: list[Earned]) -> list[Earned]:
    """What one student earns beside what is `there`.

    Time is played forward: the earliest new award is given, and then everything is looked at again.
    """
    new: list[Earned] = []
    while True:
        given = there + new
        names = {(one.achievement_id, one.nth) for one in given}
        candidates = [
            one
            for achievement in achievements
            for one in _times(facts, achievement, user, given)
            if (one.achievement_id, one.nth) not in names
        ]
        if not candidates:
            return new
        first = min(candidates)
        new += [one for one in candidates if one.earned_at == first.earned_at]


def _winners(facts: Facts, achievement: Achievement, given: list[Earned]) -> list[Earned]:
    """Who newly wins a place of a limited achievement: each student once at most, the earliest first."""
    won = [one for one in given if one.achievement_id == achievement.pk]
    places = len(won)
    holders = {one.user_id for one in won}
    candidates = [
        one
        for user in facts.users
        for one in _times(facts, achievement, user, [one for one in given if one.user_id == user.pk])
        if one.nth == 1 and user.pk not in holders
    ]
    for one in sorted(candidates):
        if _has_a_place(achievement, one, won):
            won.append(one)
    return won[places:]


def _has_a_place(achievement: Achievement, one: Earned, won: list[Earned]) -> bool:
    if achievement.frequency_type == Achievement.FrequencyType.PER_ACHIEVEMENT:
        return len(won) < achievement.frequency
    zone = ZoneInfo(achievement.organization.time_zone)
    day = one.earned_at.astimezone(zone).date()
    days = [other.earned_at.astimezone(zone).date() for other in won]
    return all(abs((day - other).days) >= achievement.frequency for other in days)


def dated_once() -> set[int]:
    """Ids of the achievements each of whose awards came after all that it was earned with.

    Where students compete within a cycle, what the cycle gave before may be earned with something else by now.
    """
    steps, cycle = in_order(Achievement.objects.all())
    if any(is_limited(achievement) for achievement in cycle):
        cycle = []
    return {achievement.pk for achievement in [*itertools.chain(*steps), *cycle]}


def evidence() -> dict[Earned, Json]:
    """What should stand beside each row of EarnedAchievement, where nothing was changed since it was written."""
    facts = Facts(None)
    rows = EarnedAchievement.objects.values_list("earned_at", "achievement_id", "user_id", "nth", "pk")
    given = {Earned(*row[:4]): row[4] for row in rows}
    users = {user.pk: user for user in facts.users}
    achievements = {achievement.pk: achievement for achievement in facts.achievements}
    shown = {}
    for one in given:
        achievement = achievements[one.achievement_id]
        counted: dict[str, list[Event]] = {"records": [], "earned": []}
        for condition in achievement.conditions:
            events = _events_of_time(facts, condition, achievement, users[one.user_id], one.nth, given)
            assert events is not None
            counted["earned" if condition["Subject"] == 40 else "records"] += events
        ids = {name: sorted({event.id for event in events}) for name, events in counted.items()}
        shown[one] = {**ids, "version": achievement.version, "counted": sum(map(len, counted.values()))}
    return shown


def shown() -> dict[Earned, Json]:
    """What stands beside each row of EarnedAchievement."""
    rows = EarnedAchievement.objects.values_list("earned_at", "achievement_id", "user_id", "nth", "evidence")
    return {Earned(*row[:4]): row[4] for row in rows}


def written() -> list[Earned]:
    """What is in EarnedAchievement."""
    rows = EarnedAchievement.objects.values_list("earned_at", "achievement_id", "user_id", "nth")
    return sorted(Earned(*row) for row in rows)


def _times(facts: Facts, achievement: Achievement, user: User, given: list[Earned]) -> list[Earned]:
    times = []
    # An award that is not written has no id; only the order of moments matters here.
    numbered = {one: number for number, one in enumerate(sorted(given))}
    for nth in range(1, achievement.frequency + 1):
        met = [_events_of_time(facts, one, achievement, user, nth, numbered) for one in achievement.conditions]
        moments = [max(event.moment for event in events) for events in met if events is not None]
        if len(moments) < len(met):
            break
        times.append(Earned(max(moments), achievement.pk, user.pk, nth))
    return times


def _events_of_time(
    facts: Facts, condition: Json, achievement: Achievement, user: User, nth: int, given: dict[Earned, int]
) -> list[Event] | None:
    """The events that met this condition for the nth time; the latest of them is the moment."""
    if condition["Subject"] == 40:
        return _awards_of_time(facts, condition, achievement, user, nth, given)
    events = sorted(_events(facts, condition, achievement, user))
    if condition.get("SingleDay"):
        times = _of_days(events, condition, ZoneInfo(achievement.organization.time_zone))
    else:
        times = _every(events, condition)
    return times[nth - 1] if len(times) >= nth else None


def _of_days(events: list[Event], condition: Json, zone: ZoneInfo) -> list[list[Event]]:
    times: list[list[Event]] = []
    for day in sorted({event.moment.astimezone(zone).date() for event in events}):
        times += _every([event for event in events if event.moment.astimezone(zone).date() == day], condition)
    return times


def _every(events: list[Event], condition: Json) -> list[list[Event]]:
    """Each Count events."""
    counted: list[Event] = []
    seen = set()
    for event in events:
        if condition.get("Distinct") and event.item in seen:
            continue
        seen.add(event.item)
        counted.append(event)
    count = condition["Count"]
    return [counted[i : i + count] for i in range(0, len(counted) - count + 1, count)]


def _events(facts: Facts, condition: Json, achievement: Achievement, user: User) -> list[Event]:
    events = []
    for record in facts.records[user.pk]:
        item = record.lab_id if condition["Subject"] == 0 else record.course_id
        if not _is_about(facts, condition, record) or not _counts(facts, record, achievement, user):
            continue
        if record.minutes_spent < condition.get("MinMinutesSpent", 0):
            continue
        if condition.get("Passed") and not record.passed:
            continue
        moment = record.completed_at if condition.get("Complete") or condition.get("Passed") else record.started_at
        if moment is not None and (facts.at is None or moment <= facts.at):
            assert item is not None
            events.append(Event(moment, record.pk, item))
    return events


def _is_about(facts: Facts, condition: Json, record: TrainingRecord) -> bool:
    if condition["Subject"] == 0:
        labs = condition.get("LabProfileIds")
        return record.lab_id is not None and (labs is None or record.lab_id in labs)
    if record.lab_id is not None:
        return False
    courses, tags = condition.get("CourseIds"), condition.get("CourseTagIds")
    assert record.course_id is not None
    has_tag = tags is None or not facts.tags[record.course_id].isdisjoint(tags)
    return (courses is None or record.course_id in courses) and has_tag


def _takes_part(achievement: Achievement, user: User) -> bool:
    both = user.organization.achievements_enabled and achievement.organization.achievements_enabled
    return user.is_active and user.participates_in_achievements and both


def _is_for(facts: Facts, achievement: Achievement, organization: Organization) -> bool:
    if achievement.organization_id == organization.pk:
        return True
    if not (achievement.is_global and organization.in_global_achievements):
        return False
    same_root = facts.line(achievement.organization_id)[-1] == facts.line(organization.pk)[-1]
    return same_root or achievement.reaches_all_trees


def _counts(facts: Facts, record: TrainingRecord, achievement: Achievement, user: User) -> bool:
    if not _takes_part(achievement, user):
        return False
    return _is_for(facts, achievement, user.organization) or _credits_outsiders(facts, record.course, achievement)


def _credits_outsiders(facts: Facts, course: Course | None, achievement: Achievement) -> bool:
    """An open course credits outsiders with what its owner awards, and those above the owner."""
    if course is None or not course.achievements_for_outside_organizations:
        return False
    return achievement.organization_id in facts.line(course.organization_id)


def _awards_of_time(
    facts: Facts, condition: Json, achievement: Achievement, user: User, nth: int, given: dict[Earned, int]
) -> list[Event] | None:
    if not _takes_part(achievement, user) or not _is_for(facts, achievement, user.organization):
        return None
    mine = sorted(Event(one.earned_at, pk, one.achievement_id) for one, pk in given.items() if one.user_id == user.pk)
    if "AchievementIds" not in condition:
        return _awards_of_points(facts, condition["Points"], achievement, nth, mine)
    count = condition["Count"]
    needed: list[Event] = []
    for listed in condition["AchievementIds"]:
        times = [event for event in mine if event.item == listed]
        if len(times) < nth * count:
            return None
        needed += times[(nth - 1) * count : nth * count]
    return needed


def _awards_of_points(
    facts: Facts, points: int, achievement: Achievement, nth: int, mine: list[Event]
) -> list[Event] | None:
    """Those that brought the total from one multiple of the points to the next."""
    counted, total = [], 0
    for event in mine:
        worth = 0 if event.item == achievement.pk else facts.points[event.item]
        total += worth
        if worth and total > (nth - 1) * points:
            counted.append(event)
        if worth and total >= nth * points:
            return counted
    return None
