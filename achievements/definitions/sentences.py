"""Says what a condition asks for, and how much of it there is, in words that people without JSON understand."""

from collections.abc import Sequence

from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, npgettext, pgettext_lazy

from achievements.conditions.counting import ConditionTally
from achievements.conditions.terms import Achievements, Condition, Courses, Labs, Points
from achievements.definitions.naming import Named

# The fields of a condition in the editor, as they are called where they are not read in their sentence.
LABELS = {
    "complete": gettext_lazy("Completed or started"),
    "passed": gettext_lazy("Whether the exam is passed"),
    "count": gettext_lazy("How many times"),
    "distinct": gettext_lazy("Different ones or repeated"),
    "single_day": gettext_lazy("On which days"),
    "min_minutes_spent": gettext_lazy("Minutes spent in each, at least"),
    "points": gettext_lazy("Points"),
    "tag_ids": gettext_lazy("Course tags that count"),
    "lab_ids": gettext_lazy("Labs that count"),
    "course_ids": gettext_lazy("Courses that count"),
    "achievement_ids": gettext_lazy("Achievements to earn"),
}
# The sentence that somebody writes by choosing its words. %(earn)s and %(each)s are words of some kinds alone.
FRAME = pgettext_lazy(
    "the order of the words of a condition",
    "%(earn)s %(complete)s %(points)s %(count)s %(each)s %(distinct)s %(kind)s %(single_day)s %(min_minutes_spent)s %(passed)s",
)
FRAME_WORDS = {
    "earn": pgettext_lazy("words of a condition", "earn"),
    "each": pgettext_lazy("words of a condition", "× each of"),
}
# Words around a field.
AROUND = {"min_minutes_spent": pgettext_lazy("words of a condition", "with at least %(field)s minutes in each")}
# The words to choose between: where it is so, and where it is not.
CHOICES = {
    "complete": (pgettext_lazy("words of a condition", "complete"), pgettext_lazy("words of a condition", "start")),
    "passed": (
        pgettext_lazy("words of a condition", "passed as an exam"),
        pgettext_lazy("words of a condition", "passed or not"),
    ),
    "distinct": (
        pgettext_lazy("words of a condition", "different"),
        pgettext_lazy("words of a condition", "new or repeated"),
    ),
    "single_day": (
        pgettext_lazy("words of a condition", "on one day"),
        pgettext_lazy("words of a condition", "on any days"),
    ),
}
# What stands in place of names where none are chosen, and any will do.
ANY = {
    "lab_ids": pgettext_lazy("words of a condition", "any lab"),
    "course_ids": pgettext_lazy("words of a condition", "any course"),
}
# What the editor says of each name in the text, but Subject and ids.
EXPLAINED = {
    "Count": gettext_lazy("How many times; 1 when left out."),
    "Distinct": gettext_lazy("true: the same lab or course counts once."),
    "Complete": gettext_lazy("true: it must be completed; false: having it is enough."),
    "Passed": gettext_lazy("true: the exam lab must be passed."),
    "MinMinutesSpent": gettext_lazy("The least time spent in it."),
    "SingleDay": gettext_lazy("true: all of the Count within one day of the organization."),
    "Points": gettext_lazy("With Subject 40: points from other achievements."),
}


def sentence(condition: Condition, ids: Sequence[Named], *, with_ids: bool = False) -> str:
    """One condition as a sentence. `ids`: every id of it with its name, as achievements.definitions.naming finds them.

    They are told by name alone; `with_ids` is for those who write conditions.
    """
    if isinstance(condition, Points):
        words = ngettext(
            "Earn %(n)s point from other achievements.",
            "Earn %(n)s points from other achievements.",
            condition.points,
        )
        return words % {"n": localize(condition.points)}
    if isinstance(condition, Achievements):
        return _of_achievements(condition, _listed(ids, with_ids=with_ids))
    clauses = [_act(condition), *_options(condition)]
    tags = [named for named in ids if named.field == "CourseTagIds"]
    items = [named for named in ids if named.field in {"LabProfileIds", "CourseIds"}]
    names = _listed(items, with_ids=with_ids)
    if tags:
        clauses.append(_("tagged %(names)s") % {"names": _listed(tags, with_ids=with_ids)})
    if len(items) > 1:
        clauses.append(_("out of these: %(names)s") % {"names": names})
    text = ", ".join(clauses)
    return f"{text}: {names}." if len(items) == 1 else f"{text}."


def standing(condition: Condition, tally: ConditionTally) -> str:
    """How much there is of what is needed: “2 of 3 labs”."""
    match condition:
        case Points():
            words = ngettext("%(have)s of %(need)s point", "%(have)s of %(need)s points", tally.need)
        case Achievements():
            words = ngettext("%(have)s of %(need)s achievement", "%(have)s of %(need)s achievements", tally.need)
        case Labs():
            words = ngettext("%(have)s of %(need)s lab", "%(have)s of %(need)s labs", tally.need)
        case _:
            words = ngettext("%(have)s of %(need)s course", "%(have)s of %(need)s courses", tally.need)
    return words % {"have": localize(tally.have), "need": localize(tally.need)}


def _act(condition: Labs | Courses) -> str:
    if isinstance(condition, Labs) and condition.passed:
        words = ngettext("Pass a lab", "Pass %(n)s labs", condition.count)
    elif isinstance(condition, Labs) and condition.complete:
        words = ngettext("Complete a lab", "Complete %(n)s labs", condition.count)
    elif isinstance(condition, Labs):
        words = ngettext("Launch a lab", "Launch %(n)s labs", condition.count)
    elif condition.complete:
        words = ngettext("Complete a course", "Complete %(n)s courses", condition.count)
    else:
        words = ngettext(
            "Be enrolled in or assigned a course", "Be enrolled in or assigned %(n)s courses", condition.count
        )
    return words % {"n": localize(condition.count)}


def _options(condition: Labs | Courses) -> list[str]:
    options = []
    if condition.count > 1:
        options.append(_("each a different one") if condition.distinct else _("repeats count"))
    if condition.count > 1 and condition.single_day:
        options.append(_("all on one day"))
    if condition.min_minutes_spent:
        words = ngettext(
            "with at least %(n)s minute spent", "with at least %(n)s minutes spent", condition.min_minutes_spent
        )
        options.append(words % {"n": localize(condition.min_minutes_spent)})
    return options


def _of_achievements(condition: Achievements, names: str) -> str:
    words = ngettext("Earn this achievement", "Earn all of these achievements", len(condition.achievement_ids))
    if condition.count > 1:
        times = npgettext("each of several", "%(n)s time each", "%(n)s times each", condition.count)
        if len(condition.achievement_ids) == 1:
            times = ngettext("%(n)s time", "%(n)s times", condition.count)
        words += ", " + times % {"n": localize(condition.count)}
    return f"{words}: {names}."


def _listed(ids: Sequence[Named], *, with_ids: bool) -> str:
    return ", ".join(f"{named.name} ({named.id})" if with_ids else named.name for named in ids)
