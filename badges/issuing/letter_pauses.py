"""Keeps a pause between two letters that somebody has written to a student about one badge, however often it is pressed."""

from datetime import datetime, timedelta

from django.utils.translation import ngettext

from badges.models import IssuedBadge, LetterPause

PAUSE = timedelta(minutes=15)


class TooSoonError(Exception):
    """The student was told a moment ago; the message says when it can be done again."""


def refusal_of_telling(issued: IssuedBadge, *, at: datetime) -> str:
    """Why the student cannot be told once more yet, or nothing."""
    told = LetterPause.objects.filter(badge=issued.badge_id, student=issued.student_id, at__gt=at - PAUSE).first()
    return words_of_pause(told.at, at=at) if told else ""


def take_turn(issued: IssuedBadge, *, at: datetime) -> None:
    """Begin the pause, for whichever row the student has the badge by. Raises TooSoonError; of two at once, for one.

    Belongs into the transaction of what it is taken for.
    """
    pair = {"badge_id": issued.badge_id, "student_id": issued.student_id}
    _told, is_first = LetterPause.objects.get_or_create(**pair, defaults={"at": at})
    if not is_first and not LetterPause.objects.filter(**pair, at__lte=at - PAUSE).update(at=at):
        raise TooSoonError(refusal_of_telling(issued, at=at) or words_of_pause(at, at=at))


def words_of_pause(told_at: datetime, *, at: datetime) -> str:
    """That the student was told then, and how long to wait from now on."""
    minutes = max(1, -(-(told_at + PAUSE - at) // timedelta(minutes=1)))
    return ngettext(
        "We wrote to the student about this badge a moment ago. Wait %(minutes)s minute, then try again.",
        "We wrote to the student about this badge a moment ago. Wait %(minutes)s minutes, then try again.",
        minutes,
    ) % {"minutes": minutes}
