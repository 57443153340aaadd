"""Says what a condition asks for, and how much of it there is, in words that people without JSON understand."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, npgettext

from achievements.conditions.counting import ConditionTally
from achievements.conditions.terms import Achievements, Condition, Courses, Labs, Points
from achievements.definitions.naming import Named

# The fields of a condition in the editor, in the order in which it shows them.
LABELS = {
    "complete": gettext_lazy("Must be completed"),
    "passed": gettext_lazy("Must be passed as an exam"),
    "count": gettext_lazy("How many times"),
    "distinct": gettext_lazy("Must be different ones"),
    "single_day": gettext_lazy("All on one day"),
    "min_minutes_spent": gettext_lazy("Minutes spent in each, at least"),
    "points": gettext_lazy("Points"),
    "tag_ids": gettext_lazy("Ids of course tags"),
    "lab_ids": gettext_lazy("Ids of labs"),
    "course_ids": gettext_lazy("Ids of courses"),
    "achievement_ids": gettext_lazy("Ids of achievements"),
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


def sentence(condition: Condition, ids: Sequence[Named]) -> str:
    """One condition as a sentence. `ids`: every id of it with its name, as achievements.definitions.naming finds them."""
    if isinstance(condition, Points):
        words = ngettext(
            "Earn %(n)d point from other achievements.",
            "Earn %(n)d points from other achievements.",
            condition.points,
        )
        return words % {"n": condition.points}
    if isinstance(condition, Achievements):
        return _of_achievements(condition, ids)
    clauses = [_act(condition), *_options(condition)]
    tags = [named for named in ids if named.field == "CourseTagIds"]
    items = [named for named in ids if named.field in {"LabProfileIds", "CourseIds"}]
    if tags:
        clauses.append(_("tagged %(names)s") % {"names": _listed(tags)})
    if len(items) > 1:
        clauses.append(_("out of these: %(names)s") % {"names": _listed(items)})
    text = ", ".join(clauses)
    return f"{text}: {_listed(items)}." if len(items) == 1 else f"{text}."


def standing(condition: Condition, tally: ConditionTally) -> str:
    """How much there is of what is needed: “2 of 3 labs”."""
    match condition:
        case Points():
            words = ngettext("%(have)d of %(need)d point", "%(have)d of %(need)d points", tally.need)
        case Achievements():
            words = ngettext("%(have)d of %(need)d achievement", "%(have)d of %(need)d achievements", tally.need)
        case Labs():
            words = ngettext("%(have)d of %(need)d lab", "%(have)d of %(need)d labs", tally.need)
        case _:
            words = ngettext("%(have)d of %(need)d course", "%(have)d of %(need)d courses", tally.need)
    return words % {"have": tally.have, "need": tally.need}


def _act(condition: Labs | Courses) -> str:
    if isinstance(condition, Labs) and condition.passed:
        words = ngettext("Pass a lab", "Pass %(n)d labs", condition.count)
    elif isinstance(condition, Labs) and condition.complete:
        words = ngettext("Complete a lab", "Complete %(n)d labs", condition.count)
    elif isinstance(condition, Labs):
        words = ngettext("Launch a lab", "Launch %(n)d labs", condition.count)
    elif condition.complete:
        words = ngettext("Complete a course", "Complete %(n)d courses", condition.count)
    else:
        words = ngettext(
            "Be enrolled in or assigned a course", "Be enrolled in or assigned %(n)d courses", condition.count
        )
    return words % {"n": condition.count}


def _options(condition: Labs | Courses) -> list[str]:
    options = []
    if condition.count > 1:
        options.append(_("each a different one") if condition.distinct else _("repeats count"))
    if condition.count > 1 and condition.single_day:
        options.append(_("all on one day"))
    if condition.min_minutes_spent:
        words = ngettext(
            "with at least %(n)d minute spent", "with at least %(n)d minutes spent", condition.min_minutes_spent
        )
        options.append(words % {"n": condition.min_minutes_spent})
    return options


def _of_achievements(condition: Achievements, ids: Sequence[Named]) -> str:
    words = ngettext("Earn this achievement", "Earn all of these achievements", len(condition.achievement_ids))
    if condition.count > 1:
        times = npgettext("each of several", "%(n)d time each", "%(n)d times each", condition.count)
        if len(condition.achievement_ids) == 1:
            times = ngettext("%(n)d time", "%(n)d times", condition.count)
        words += ", " + times % {"n": condition.count}
    return f"{words}: {_listed(ids)}."


def _listed(ids: Sequence[Named]) -> str:
    return ", ".join(f"{named.name} ({named.id})" for named in ids)
