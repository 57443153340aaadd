"""Turns the text of conditions into terms, with warnings; every refusal says where and why.

Blank values are as if not written (S73): Count 1, ids any, true/false false. A field that the condition's Subject does
not have is refused unless it is blank or false.
"""

import difflib
import json
from dataclasses import dataclass
from typing import NoReturn

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from achievements.conditions import syntax
from achievements.conditions.syntax import ConditionError, Member, Node
from achievements.conditions.terms import Achievements, Condition, Courses, Labs, Points, Subject

__all__ = ["ConditionError", "IdPlace", "Parsed", "Warn", "parse", "parse_stored"]

MAX_CONDITIONS = 20
MAX_NUMBER = 2**31 - 1  # of Count, Points and MinMinutesSpent: with the largest Frequency the product fits 64 bits

_TRAINING = ("Count", "Distinct", "Complete", "MinMinutesSpent", "SingleDay")
_FIELDS: dict[Subject, tuple[str, ...]] = {
    Subject.LAB: (*_TRAINING, "LabProfileIds", "Passed"),
    Subject.COURSE: (*_TRAINING, "CourseIds"),
    Subject.COURSE_TAG: (*_TRAINING, "CourseIds", "CourseTagIds"),
    Subject.ACHIEVEMENT: ("Count", "Points", "AchievementIds"),
}
_NUMBERS = {"Subject", "Count", "MinMinutesSpent", "Points"}
_FLAGS = {"Distinct", "Complete", "Passed", "SingleDay"}
_IDS = {"LabProfileIds", "CourseIds", "CourseTagIds", "AchievementIds"}
_NAMES = {name.lower(): name for name in sorted(_NUMBERS | _FLAGS | _IDS)}


@dataclass(frozen=True)
class Warn:
    """Something that is allowed, and often not what was meant."""

    message: str
    line: int
    column: int


@dataclass(frozen=True)
class IdPlace:
    """An id as it was written, for those who check that it exists."""

    field: str
    id: int
    line: int
    column: int


@dataclass(frozen=True)
class Parsed:
    """Terms, what to warn of, and where each id stands."""

    conditions: tuple[Condition, ...]
    warnings: tuple[Warn, ...] = ()
    ids: tuple[IdPlace, ...] = ()


def parse(text: str) -> Parsed:
    """The conditions that `text` says. Raises ConditionError for the first thing that is wrong."""
    document = syntax.read(text)
    nodes = document.value
    if isinstance(nodes, tuple):
        nodes = [document]  # one condition without its list
    if not isinstance(nodes, list):
        syntax.fail(text, document.at, _("Conditions are a list in square brackets, such as [{Subject:0, Count:1}]."))
    if not nodes:
        syntax.fail(text, document.at, _("The list is empty: everybody would earn this. Write at least one condition."))
    if len(nodes) > MAX_CONDITIONS:
        syntax.fail(text, document.at, _("There may be %(max)d conditions at most.") % {"max": MAX_CONDITIONS})
    found = [_Condition(text, node) for node in nodes]
    conditions = tuple(one.term() for one in found)
    for number, one in enumerate(found):
        if conditions[number] in conditions[:number]:
            one.warn_of_repetition()
    return Parsed(
        conditions, tuple(w for one in found for w in one.warnings), tuple(i for one in found for i in one.ids)
    )


def parse_stored(conditions: object) -> tuple[Condition, ...]:
    """The terms of an achievement's stored conditions. Raises ConditionError for what no parser has written."""
    return parse(json.dumps(conditions)).conditions


class _Condition:
    """One object of the list, on its way to a term."""

    def __init__(self, text: str, node: Node) -> None:
        self.text = text
        self.at = node.at
        self.warnings: list[Warn] = []
        self.ids: list[IdPlace] = []
        self.members, unknown = self._members(node)
        self.subject = self._subject()  # judged before its fields: what is wrong with it says more
        if unknown:
            self._refuse_unknown(unknown[0])

    def term(self) -> Condition:
        """The term. Raises ConditionError."""
        self._refuse_fields_of_other_subjects()
        if self.subject is Subject.ACHIEVEMENT:
            return self._achievement()
        return self._labs() if self.subject is Subject.LAB else self._courses()

    def warn_of_repetition(self) -> None:
        """Another condition before it says the same."""
        self.warnings.append(
            Warn(_("This condition is there twice; it counts once."), *syntax.place(self.text, self.at))
        )

    def _members(self, node: Node) -> tuple[dict[str, Member], list[Member]]:
        """Those with names that conditions know, and the others."""
        if not isinstance(node.value, tuple):
            syntax.fail(self.text, node.at, _("A condition stands in braces, such as {Subject:0, Count:1}."))
        members: dict[str, Member] = {}
        unknown = []
        for member in node.value:
            name = _NAMES.get(member.name.lower())
            if name is None:
                unknown.append(member)
            elif name in members:
                syntax.fail(self.text, member.at, _("%(name)s is written twice in this condition.") % {"name": name})
            else:
                members[name] = member
        if not members and not unknown:
            syntax.fail(self.text, node.at, _("This condition is empty."))
        return members, unknown

    def _refuse_unknown(self, member: Member) -> NoReturn:
        message = _("There is no field “%(name)s”.") % {"name": member.name[:40]}
        nearest = difflib.get_close_matches(member.name.lower()[:40], _NAMES, n=1)
        if nearest:
            message += " " + _("Did you mean %(name)s?") % {"name": _NAMES[nearest[0]]}
        syntax.fail(self.text, member.at, message)

    def _subject(self) -> Subject:
        number = self._number("Subject", blank=Subject.LAB, least=0)
        if number == 30:
            syntax.fail(
                self.text,
                self.members["Subject"].node.at,
                _(
                    "Subject 30 (subscription) is no longer used. List the subscription's courses with Subject 10, or give"
                )
                + " "
                + _("them a tag and use Subject 20."),
            )
        if number not in Subject:
            syntax.fail(
                self.text,
                self.members["Subject"].node.at,
                _("Subject is 0 (lab), 10 (course), 20 (course tag) or 40 (user achievement)."),
            )
        return Subject(number)

    def _refuse_fields_of_other_subjects(self) -> None:
        for name, member in self.members.items():
            is_ours = name == "Subject" or name in _FIELDS[self.subject]
            if is_ours or member.node.value is None or member.node.value is False:
                continue
            subjects = ", ".join(str(subject.value) for subject, names in _FIELDS.items() if name in names)
            message = _("%(name)s belongs to Subject %(subjects)s, and this condition has Subject %(subject)d.")
            values = {"name": name, "subjects": subjects, "subject": self.subject.value}
            syntax.fail(self.text, member.at, message % values)

    def _labs(self) -> Labs:
        ids = self._ids("LabProfileIds")
        labs = Labs(
            count=self._number("Count", blank=1, least=1),
            distinct=self._flag("Distinct"),
            single_day=self._flag("SingleDay"),
            complete=self._flag("Complete"),
            min_minutes_spent=self._number("MinMinutesSpent", blank=0, least=0),
            lab_ids=ids,
            passed=self._flag("Passed"),
        )
        self._warn_of_counting(labs, ids, is_listed=bool(ids))
        return labs

    def _courses(self) -> Courses:
        courses = Courses(
            count=self._number("Count", blank=1, least=1),
            distinct=self._flag("Distinct"),
            single_day=self._flag("SingleDay"),
            complete=self._flag("Complete"),
            min_minutes_spent=self._number("MinMinutesSpent", blank=0, least=0),
            course_ids=self._ids("CourseIds"),
            tag_ids=self._ids("CourseTagIds"),
        )
        if self.subject is Subject.COURSE_TAG and not courses.tag_ids:
            self._warn("Subject", _("Subject 20 without CourseTagIds counts courses: it is kept as Subject 10."))
        is_listed = bool(courses.course_ids or courses.tag_ids)
        self._warn_of_counting(courses, courses.course_ids, is_listed=is_listed)
        return courses

    def _achievement(self) -> Points | Achievements:
        points = self._number("Points", blank=0, least=1)
        ids = self._ids("AchievementIds")
        count = self._number("Count", blank=1, least=1)
        if bool(points) == bool(ids):
            message = _("A condition of Subject 40 has either Points or AchievementIds; write two conditions for both.")
            syntax.fail(self.text, self.at, message)
        if ids:
            return Achievements(achievement_ids=ids, count=count)
        if count > 1:
            syntax.fail(self.text, self.members["Count"].at, _("Points are not counted: multiply Points instead."))
        return Points(points=points)

    def _number(self, name: str, *, blank: int, least: int) -> int:
        node = self._node(name)
        if node is None:
            return blank
        if isinstance(node.value, bool) or not isinstance(node.value, int):
            syntax.fail(self.text, node.at, _("%(name)s takes a whole number.") % {"name": name})
        if not least <= node.value <= MAX_NUMBER:
            message = _("%(name)s lies between %(least)d and %(most)d.")
            syntax.fail(self.text, node.at, message % {"name": name, "least": least, "most": MAX_NUMBER})
        return node.value

    def _flag(self, name: str) -> bool:
        node = self._node(name)
        if node is None:
            return False
        if not isinstance(node.value, bool):
            syntax.fail(self.text, node.at, _("%(name)s takes true or false.") % {"name": name})
        return node.value

    def _ids(self, name: str) -> tuple[int, ...]:
        """Sorted and each once. The same set is the same condition, however it was written."""
        node = self._node(name)
        if node is None:
            return ()
        if not isinstance(node.value, list):
            syntax.fail(self.text, node.at, _("%(name)s takes a list of ids, such as %(name)s:[5].") % {"name": name})
        if not node.value:
            message = _("This list of ids is empty. Leave %(name)s out to count any.")
            syntax.fail(self.text, node.at, message % {"name": name})
        ids = [self._id(item) for item in node.value]
        for written, item in zip(ids, node.value, strict=True):
            self.ids.append(IdPlace(name, written, *syntax.place(self.text, item.at)))
        if len(set(ids)) < len(ids):
            self._warn(name, _("%(name)s has an id twice; it counts once.") % {"name": name})
        return tuple(sorted(set(ids)))

    def _id(self, item: Node) -> int:
        if isinstance(item.value, bool) or not isinstance(item.value, int) or item.value < 1:
            syntax.fail(self.text, item.at, _("An id is a whole number from 1."))
        return item.value

    def _node(self, name: str) -> Node | None:
        member = self.members.get(name)
        return None if member is None or member.node.value is None else member.node

    def _warn(self, name: str, message: str) -> None:
        member = self.members.get(name)
        self.warnings.append(Warn(message, *syntax.place(self.text, member.at if member else self.at)))

    def _warn_of_counting(self, term: Labs | Courses, ids: tuple[int, ...], *, is_listed: bool) -> None:
        """`is_listed`: by `ids` or by tags; of tags nobody knows here how many courses have them."""
        if term.count == 1:
            if term.single_day:
                self._warn("SingleDay", _("SingleDay changes nothing while Count is 1."))
            if term.distinct and is_listed and len(ids) != 1:
                self._warn("Distinct", _("Any one of these is enough while Count is 1. Raise Count to ask for more."))
        elif is_listed and not term.distinct:
            self._warn("Count", _("Without Distinct, one of these taken %(n)d times is enough.") % {"n": term.count})
        elif ids and term.count > len(ids):
            message = ngettext(
                "Nobody can earn this: Distinct needs %(count)d different ones, and %(n)d is listed.",
                "Nobody can earn this: Distinct needs %(count)d different ones, and %(n)d are listed.",
                len(ids),
            )
            self._warn("Count", message % {"count": term.count, "n": len(ids)})
