"""A naive interpreter of conditions: reads rows, loops over them, and is obviously right. No SQL, no chunks, no hurry."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from achievements.models import Achievement, EarnedAchievement
from courses.models import Course, TrainingRecord
from tms.models import Organization, User

type Json = dict[str, Any]


@dataclass(frozen=True, order=True)
class Earned:
    """One row that should be in EarnedAchievement."""

    earned_at: dt.datetime
    achievement_id: int
    user_id: int
    nth: int


class Facts:
    """All rows, read once."""

    def __init__(self) -> None:
        self.achievements = list(Achievement.objects.select_related("organization"))
        self.points = {achievement.pk: achievement.points for achievement in self.achievements}
        self.users = list(User.objects.select_related("organization"))
        self.records: dict[int, list[TrainingRecord]] = defaultdict(list)
        for record in TrainingRecord.objects.select_related("course"):
            self.records[record.user_id].append(record)
        self.tags: dict[int, set[int]] = defaultdict(set)
        for course_id, tag_id in Course.tags.through.objects.values_list("course_id", "coursetag_id"):
            self.tags[course_id].add(tag_id)


def everything() -> list[Earned]:
    """What a sweep should leave in an empty EarnedAchievement; achievements of Frequency Type Per User only.

    Time is played forward: the earliest new award is given, and then everything is looked at again.
    """
    facts = Facts()
    given: list[Earned] = []
    while True:
        there = {(one.achievement_id, one.user_id, one.nth) for one in given}
        candidates = [
            one
            for achievement in facts.achievements
            for user in facts.users
            if achievement.is_enabled
            for one in _times(facts, achievement, user, given)
            if (one.achievement_id, one.user_id, one.nth) not in there
        ]
        if not candidates:
            return sorted(given)
        if not any(condition["Subject"] == 40 for a in facts.achievements for condition in a.conditions):
            return sorted(candidates)  # nothing follows anything: the order of time does not matter
        first = min(candidates)
        given += [one for one in candidates if one.earned_at == first.earned_at]


def new() -> list[Earned]:
    """What a sweep should add to what is there, where no achievement follows others."""
    there = set(EarnedAchievement.objects.values_list("achievement_id", "user_id", "nth"))
    return [one for one in everything() if (one.achievement_id, one.user_id, one.nth) not in there]


def written() -> list[Earned]:
    """What is in EarnedAchievement."""
    rows = EarnedAchievement.objects.values_list("earned_at", "achievement_id", "user_id", "nth")
    return sorted(Earned(*row) for row in rows)


def _times(facts: Facts, achievement: Achievement, user: User, given: list[Earned]) -> list[Earned]:
    times = []
    for nth in range(1, achievement.frequency + 1):
        moments = [_moment(facts, condition, achievement, user, nth, given) for condition in achievement.conditions]
        if None in moments:
            break
        times.append(Earned(max(m for m in moments if m is not None), achievement.pk, user.pk, nth))
    return times


def _moment(
    facts: Facts, condition: Json, achievement: Achievement, user: User, nth: int, given: list[Earned]
) -> dt.datetime | None:
    """When this condition was met for the nth time."""
    if condition["Subject"] == 40:
        return _moment_of_achievements(facts, condition, achievement, user, nth, given)
    events = sorted(_events(facts, condition, achievement, user))
    if condition.get("SingleDay"):
        moments = _of_days(events, condition, ZoneInfo(achievement.organization.time_zone))
    else:
        moments = _every(events, condition)
    return moments[nth - 1] if len(moments) >= nth else None


def _of_days(events: list[tuple[dt.datetime, int]], condition: Json, zone: ZoneInfo) -> list[dt.datetime]:
    moments: list[dt.datetime] = []
    for day in sorted({moment.astimezone(zone).date() for moment, _item in events}):
        of_day = [(moment, item) for moment, item in events if moment.astimezone(zone).date() == day]
        moments += _every(of_day, condition)
    return moments


def _every(events: list[tuple[dt.datetime, int]], condition: Json) -> list[dt.datetime]:
    """The moment of each Count-th event."""
    counted: list[dt.datetime] = []
    seen = set()
    for moment, item in events:
        if condition.get("Distinct") and item in seen:
            continue
        seen.add(item)
        counted.append(moment)
    count = condition["Count"]
    return [counted[i] for i in range(count - 1, len(counted), count)]


def _events(facts: Facts, condition: Json, achievement: Achievement, user: User) -> list[tuple[dt.datetime, int]]:
    events = []
    for record in facts.records[user.pk]:
        item = record.lab_id if condition["Subject"] == 0 else record.course_id
        if not _is_about(facts, condition, record) or not _counts(record, achievement, user):
            continue
        if record.minutes_spent < condition.get("MinMinutesSpent", 0):
            continue
        if condition.get("Passed") and not record.passed:
            continue
        moment = record.completed_at if condition.get("Complete") or condition.get("Passed") else record.started_at
        if moment is not None:
            assert item is not None
            events.append((moment, item))
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


def _is_for(achievement: Achievement, organization: Organization) -> bool:
    if achievement.organization_id == organization.pk:
        return True
    return achievement.is_global and organization.in_global_achievements


def _counts(record: TrainingRecord, achievement: Achievement, user: User) -> bool:
    if not _takes_part(achievement, user):
        return False
    outside = record.course is not None and record.course.achievements_for_outside_organizations
    return _is_for(achievement, user.organization) or outside


def _moment_of_achievements(
    facts: Facts, condition: Json, achievement: Achievement, user: User, nth: int, given: list[Earned]
) -> dt.datetime | None:
    if not _takes_part(achievement, user) or not _is_for(achievement, user.organization):
        return None
    mine = sorted(one for one in given if one.user_id == user.pk)
    if "AchievementIds" in condition:
        needed = nth * condition["Count"]
        moments: list[dt.datetime] = []
        for listed in condition["AchievementIds"]:
            times = [one.earned_at for one in mine if one.achievement_id == listed]
            if len(times) < needed:
                return None
            moments.append(times[needed - 1])
        return max(moments)
    total = 0
    for one in mine:
        if one.achievement_id != achievement.pk:
            total += facts.points[one.achievement_id]
        if total >= nth * condition["Points"]:
            return one.earned_at
    return None
