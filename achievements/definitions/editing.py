"""What follows when an achievement is saved: a line of its history, a new version, and a look by the sweep."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from achievements.definitions.naming import shown_all
from achievements.definitions.sentences import sentence
from achievements.definitions.widening import REACH, changed_in, may_reach, refuse_wide_reach
from achievements.models import Achievement, AchievementChange, Hold
from badges.models import Badge
from operation.models import SweepHint
from operation.wake import drain_soon
from organizations.models import Organization, User

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[Achievement]
else:
    ModelForm = forms.ModelForm

# What a person sets, in the order in which a history tells it; the conditions come last and are sentences.
FIELDS = (
    "name",
    "description",
    "organization",
    "points",
    "frequency",
    "frequency_type",
    "badge",
    "is_global",
    "reaches_all_trees",
    "is_enabled",
)
# And what follows from a page of a learning path.
TOLD = (*FIELDS, "learning_path")
CONDITIONS = "conditions"
# Who earns it, how often, and gets what: a change to any of these needs a new approval.
_ASKED_ABOUT = (
    "organization",
    "frequency",
    "frequency_type",
    "badge",
    "is_global",
    "reaches_all_trees",
    "is_enabled",
    CONDITIONS,
)
_LONGEST_NAME = 255


class MeanwhileError(Exception):
    """Somebody saved the achievement after it was opened to be edited; `changes` says what, the oldest first."""

    def __init__(self, changes: Sequence[AchievementChange]) -> None:
        super().__init__(changes)
        self.changes = changes


def save_achievement(achievement: Achievement, *, by: User | None, at: datetime, seen: int | None = None) -> None:
    """Save an achievement, new or edited, and write down who changed what.

    Changed conditions raise its version by one, counted from the stored row, so that two editors make two versions.
    What was earned under an earlier version stays earned. Every save queues the achievement: a badge added later, or
    an achievement enabled again, reaches everybody who has ever met the conditions (S43, S56). Holds that wait lapse with
    a change of what they are about, and so does what was approved and not awarded yet.

    `seen` is what `newest_change` said when the editor opened it: MeanwhileError if there is a newer one, and nothing is
    saved. Raises WideReachError where `by` may not have it reach as far as it does.
    """
    # Ticking Global again later must not bring back the wider reach it once had.
    achievement.reaches_all_trees = achievement.reaches_all_trees and achievement.is_global
    with transaction.atomic():
        stored = None if achievement.pk is None else locked(achievement.pk)
        if stored is not None:
            refuse_if_changed(stored.pk, seen)
            achievement.version = stored.version + (stored.conditions != achievement.conditions)
            achievement.evaluated_at = stored.evaluated_at  # a full sweep may have ended since it was opened
        reach = {name: getattr(achievement, name) for name in REACH}
        refuse_wide_reach(reach, changed=changed_since(stored, achievement), by=by)
        achievement.save()
        _write_down(achievement, stored, by=by, at=at)
        if stored is not None and not changed_since(stored, achievement).isdisjoint(_ASKED_ABOUT):
            _let_lapse(stored.holds.all(), by=by, at=at)
        SweepHint.objects.create(achievement_id=achievement.pk)
        drain_soon()


def changed_since(stored: Achievement | None, achievement: Achievement) -> set[str]:
    """The names of the fields that say something else than what is stored; all of a new one's."""
    names = {*TOLD, CONDITIONS}
    return names if stored is None else {one for one in names if getattr(stored, one) != getattr(achievement, one)}


def locked(achievement_id: int) -> Achievement:
    """The stored achievement, which nothing else changes until the transaction ends."""
    rows = Achievement.objects.select_related("organization", "badge", "learning_path")
    return rows.select_for_update(of=("self",)).get(pk=achievement_id)


def switch(achievement: Achievement, *, is_enabled: bool, by: User | None, at: datetime) -> bool:
    """Enable or disable, whatever else somebody saves at the same time. False when it was so already.

    Raises WideReachError where `by` may not enable it.
    """
    with transaction.atomic():
        stored = locked(achievement.pk)
        if stored.is_enabled == is_enabled:
            return False
        stored.is_enabled = is_enabled
        save_achievement(stored, by=by, at=at)
    return True


def copy_of(achievement: Achievement, *, by: User | None, at: datetime) -> Achievement:
    """A copy under a name of its own, disabled, so that nobody earns it before somebody has looked at it.

    It reaches as far as the original only where `by` may have it reach so far.
    """
    copy = Achievement(
        **{name: getattr(achievement, name) for name in FIELDS} | {"is_enabled": False},
        conditions=achievement.conditions,
    )
    copy.is_global &= may_reach(by, copy.organization, all_trees=copy.reaches_all_trees)
    while True:
        copy.name = _free_name(achievement)
        try:
            with transaction.atomic():
                save_achievement(copy, by=by, at=at)
        except IntegrityError as error:
            if not is_name_taken(error):  # somebody took the very name this moment: the next one is free
                raise
        else:
            return copy


def is_name_taken(error: IntegrityError) -> bool:
    """Whether the constraint on an achievement's name is what refused it."""
    return "achievement_name_unique" in str(error)


def newest_change(achievement_id: int) -> int:
    """The id of the last line of the history; 0 where there is none yet."""
    newest = AchievementChange.objects.filter(achievement_id=achievement_id).order_by("-pk")
    return newest.values_list("pk", flat=True).first() or 0


def refuse_if_changed(achievement_id: int, seen: int | None) -> None:
    """Raises MeanwhileError if the history has lines after `seen`; None asks for no check.

    To be relied on only while the achievement's row is locked, as `save_achievement` does.
    """
    if seen is None:
        return
    later = AchievementChange.objects.filter(achievement_id=achievement_id, pk__gt=seen)
    changes = list(later.select_related("changed_by").order_by("pk"))
    if changes:
        raise MeanwhileError(changes)


def refuse_foreign_badge(owner: Organization, badge: Badge) -> None:
    """Raises ValidationError unless the badge is the organization's own or was made available to it (S9)."""
    if not Badge.objects.usable_by(owner.pk).filter(pk=badge.pk).exists():
        raise ValidationError(
            _("%(badge)s is not available to %(owner)s."),
            code="foreign_badge",
            params={"badge": badge.name, "owner": owner.name},
        )


def refuse_badge_of_form(form: ModelForm, cleaned: Mapping[str, Any]) -> None:
    """Add to the form, whose instance is as it is stored, what `refuse_foreign_badge` says of it.

    A badge that went out of reach later must not keep anybody from switching the achievement off.
    """
    owner, badge = cleaned.get("organization"), cleaned.get("badge")
    if owner and badge and {"badge", "organization"}.intersection(changed_in(cleaned, form.instance)):
        try:
            refuse_foreign_badge(owner, badge)
        except ValidationError as refusal:
            form.add_error("badge", refusal)


def _let_lapse(holds: QuerySet[Hold], *, by: User | None, at: datetime) -> None:
    """In this order: what is approved this moment is found by the second statement."""
    lapsed = Hold.Decision.LAPSED
    holds.filter(decision=Hold.Decision.WAITING).update(decision=lapsed, decided_by=by, decided_at=at)
    holds.filter(decision=Hold.Decision.APPROVED, released_at=None).update(decision=lapsed)


def _write_down(achievement: Achievement, stored: Achievement | None, *, by: User | None, at: datetime) -> None:
    """One line of the history; none where nothing is other than it was."""
    changed = {} if stored is None else _differences(stored, achievement)
    if stored is not None and not changed:
        return
    AchievementChange.objects.create(
        achievement=achievement,
        version=achievement.version,
        conditions=achievement.conditions,
        changed=changed,
        changed_at=at,
        changed_by=by,
    )


def _differences(before: Achievement, after: Achievement) -> dict[str, list[Any]]:
    """Field to what it said before and says now, as people read it."""
    both = [_words(before), _words(after)]
    changed: dict[str, list[Any]] = {
        name: [words[name] for words in both] for name in TOLD if getattr(before, name) != getattr(after, name)
    }
    if before.conditions != after.conditions:
        changed[CONDITIONS] = [_sentences(side) for side in shown_all([before.conditions, after.conditions])]
    return changed


def _words(achievement: Achievement) -> Mapping[str, str]:
    words = {name: getattr(achievement, name) for name in TOLD}
    words |= {"frequency_type": achievement.get_frequency_type_display()}
    words |= {name: words[name] or "" for name in ("badge", "learning_path")}
    for name in ("is_global", "reaches_all_trees", "is_enabled"):
        words[name] = _("Yes") if words[name] else _("No")
    return {name: str(value) for name, value in words.items()}


def _sentences(conditions: Sequence[Any]) -> list[str]:
    """Names as they are now: a course that is renamed later keeps the name it had."""
    return [one.json if one.term is None else sentence(one.term, one.ids, with_ids=True) for one in conditions]


def _free_name(achievement: Achievement) -> str:
    """“Copy of …”, with a number where that is taken."""
    taken = set(Achievement.objects.filter(organization=achievement.organization_id).values_list("name", flat=True))
    first = _("Copy of %(name)s") % {"name": achievement.name}
    name, number = first[:_LONGEST_NAME], 1
    while name in taken:
        number += 1
        ending = f" ({number})"
        name = first[: _LONGEST_NAME - len(ending)] + ending
    return name
