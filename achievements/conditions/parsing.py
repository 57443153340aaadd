"""Turns the text of conditions into terms, with warnings; every refusal says where and why.

Blank values are as if not written (S73): Count 1, ids any, true/false false. A field that the condition's Subject does
not have is refused unless it is blank or false.
"""

import difflib
import json
from dataclasses import Field, dataclass
from typing import Any, NoReturn

from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from achievements.conditions import syntax
from achievements.conditions.syntax import ConditionError, Member, Node
from achievements.conditions.terms import Achievements, Condition, Courses, Ids, Labs, Points, Subject, options

__all__ = ["ConditionError", "IdPlace", "Parsed", "Warn", "parse", "parse_stored"]

MAX_CONDITIONS = 20
MAX_NUMBER = 2**31 - 1  # with the largest Frequency the product fits 64 bits

_FIELDS: dict[Subject, dict[str, Field[Any]]] = {
    Subject.LAB: options(Labs, Subject.LAB),
    Subject.COURSE: options(Courses, Subject.COURSE),
    Subject.COURSE_TAG: options(Courses, Subject.COURSE_TAG),
    Subject.ACHIEVEMENT: options(Points, Subject.ACHIEVEMENT) | options(Achievements, Subject.ACHIEVEMENT),
}
_NAMES = {name.lower(): name for name in {"Subject"}.union(*_FIELDS.values())}


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
        syntax.fail(
            text, document.at, _("The list is empty, so everyone would earn this. Write at least one condition.")
        )
    if len(nodes) > MAX_CONDITIONS:
        syntax.fail(
            text, document.at, _("An achievement can have at most %(max)d conditions.") % {"max": MAX_CONDITIONS}
        )
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
        said = self._said()
        if self.subject is Subject.ACHIEVEMENT:
            return self._achievement(said)
        return self._labs(said) if self.subject is Subject.LAB else self._courses(said)

    def warn_of_repetition(self) -> None:
        """Another condition before it says the same."""
        self.warnings.append(
            Warn(_("This condition appears twice. It counts once."), *syntax.place(self.text, self.at))
        )

    def _members(self, node: Node) -> tuple[dict[str, Member], list[Member]]:
        """Those with names that conditions know, and the others."""
        if not isinstance(node.value, tuple):
            syntax.fail(self.text, node.at, _("Put each condition in braces, such as {Subject:0, Count:1}."))
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
        node = self._node("Subject")
        number = Subject.LAB if node is None else self._number("Subject", node, least=0)
        if number == 30:
            syntax.fail(
                self.text,
                self.members["Subject"].node.at,
                _(
                    "Subject 30 (subscription) is no longer used. List its courses with Subject 10, or give them a tag "
                    "and use Subject 20."
                ),
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

    def _said(self) -> dict[str, Any]:
        """The values of the term's fields; what is blank is left to their defaults."""
        written = _FIELDS[self.subject].items()
        return {option.name: self._value(name, option, node) for name, option in written if (node := self._node(name))}

    def _value(self, name: str, option: Field[Any], node: Node) -> int | bool | Ids:
        if option.type is bool:
            return self._flag(name, node)
        if option.type is int:
            return self._number(name, node, least=option.metadata["least"])
        return self._ids(name, node)

    def _labs(self, said: dict[str, Any]) -> Labs:
        labs = Labs(**said)
        self._warn_of_counting(labs, labs.lab_ids, is_listed=bool(labs.lab_ids))
        return labs

    def _courses(self, said: dict[str, Any]) -> Courses:
        courses = Courses(**said)
        if self.subject is Subject.COURSE_TAG and not courses.tag_ids:
            self._warn("Subject", _("Subject 20 without CourseTagIds counts courses. It is saved as Subject 10."))
        is_listed = bool(courses.course_ids or courses.tag_ids)
        self._warn_of_counting(courses, courses.course_ids, is_listed=is_listed)
        return courses

    def _achievement(self, said: dict[str, Any]) -> Points | Achievements:
        if ("points" in said) == ("achievement_ids" in said):
            message = _("A condition of Subject 40 has either Points or AchievementIds; write two conditions for both.")
            syntax.fail(self.text, self.at, message)
        if "achievement_ids" in said:
            return Achievements(**said)
        if said.pop("count", 1) > 1:
            syntax.fail(
                self.text, self.members["Count"].at, _("Count does not apply to Points. Multiply Points instead.")
            )
        return Points(**said)

    def _number(self, name: str, node: Node, *, least: int) -> int:
        if isinstance(node.value, bool) or not isinstance(node.value, int):
            syntax.fail(self.text, node.at, _("%(name)s takes a whole number.") % {"name": name})
        if not least <= node.value <= MAX_NUMBER:
            message = _("%(name)s lies between %(least)d and %(most)d.")
            syntax.fail(self.text, node.at, message % {"name": name, "least": least, "most": MAX_NUMBER})
        return node.value

    def _flag(self, name: str, node: Node) -> bool:
        if not isinstance(node.value, bool):
            syntax.fail(self.text, node.at, _("%(name)s takes true or false.") % {"name": name})
        return node.value

    def _ids(self, name: str, node: Node) -> Ids:
        """Sorted and each once. The same set is the same condition, however it was written."""
        if not isinstance(node.value, list):
            syntax.fail(self.text, node.at, _("%(name)s takes a list of ids, such as %(name)s:[5].") % {"name": name})
        if not node.value:
            message = _("This list of ids is empty. Leave %(name)s out to count any.")
            syntax.fail(self.text, node.at, message % {"name": name})
        ids = [self._id(item) for item in node.value]
        for written, item in zip(ids, node.value, strict=True):
            self.ids.append(IdPlace(name, written, *syntax.place(self.text, item.at)))
        if len(set(ids)) < len(ids):
            self._warn(name, _("%(name)s lists an id twice. It counts once.") % {"name": name})
        return tuple(sorted(set(ids)))

    def _id(self, item: Node) -> int:
        if isinstance(item.value, bool) or not isinstance(item.value, int) or item.value < 1:
            syntax.fail(self.text, item.at, _("An id is a whole number from 1."))
        return item.value

    def _node(self, name: str) -> Node | None:
        member = self.members.get(name)
        return None if member is None or member.node.value is None else member.node

    def _warn(self, name: str, message: str) -> None:
        self.warnings.append(Warn(message, *syntax.place(self.text, self.members[name].at)))

    def _warn_of_counting(self, term: Labs | Courses, ids: tuple[int, ...], *, is_listed: bool) -> None:
        """`is_listed`: by `ids` or by tags; of tags nobody knows here how many courses have them."""
        if term.count == 1:
            if term.single_day:
                self._warn("SingleDay", _("SingleDay changes nothing while Count is 1."))
            if term.distinct and is_listed and len(ids) != 1:
                self._warn("Distinct", _("Any one of these is enough while Count is 1. Raise Count to ask for more."))
        elif is_listed and not term.distinct:
            self._warn(
                "Count", _("Without Distinct, one of these taken %(n)s times is enough.") % {"n": localize(term.count)}
            )
        elif ids and term.count > len(ids):
            message = ngettext(
                "No one can earn this: Distinct needs %(count)s different ones, but only %(n)s is listed.",
                "No one can earn this: Distinct needs %(count)s different ones, but only %(n)s are listed.",
                len(ids),
            )
            self._warn("Count", message % {"count": localize(term.count), "n": localize(len(ids))})
