"""Issues badges to those who earned an achievement before it had one, or when it could not be issued."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from django.db import DatabaseError, OperationalError, transaction

from achievements.conditions.events import People
from achievements.sweep import approving, finding, late_badges
from achievements.sweep.faults import held_up, is_of_a_lock, is_of_the_statement
from achievements.sweep.finding import limit_statements
from achievements.sweep.late_badges import count_lacking
from achievements.sweep.rules import RuledAchievement
from achievements.sweep.runs import Run, Written
from achievements.sweep.writing import issue_missing
from operation.retrying import retry_once

logger = logging.getLogger(__name__)


def lacked(run: Run, student_ids: Sequence[int]) -> set[int]:
    """Ids of the achievements whose badges one of these lacks, and would get now; none, if that takes long.

    They are among those gathered.
    """
    if not student_ids:
        return set()
    try:
        with finding.in_time(run):
            return late_badges.lacked(student_ids)
    except DatabaseError as error:
        if not is_of_the_statement(error):
            raise
        logger.warning("Late badges are left to the full sweep: %s", error)
        return set()


def issue_late_to(run: Run, several: Iterable[RuledAchievement], people: People) -> None:
    """Issue the badges of these achievements to those of the people who earned them before, and take part again, or have
    an address now. At most CHUNK people, in the caller's transaction. Whose badge fails is left to the full sweep.
    """
    if not run.is_saved:
        run.save()
    for ruled in several:
        try:
            with finding.in_time(run):
                written = _issue_late_to(run, ruled, people)
        except DatabaseError as error:
            if not is_of_the_statement(error):
                raise
            logger.warning("Late badges of achievement %d could not be issued: %s", ruled.achievement.pk, error)
        else:
            run.add(written)


def issue_late(run: Run, ruled: RuledAchievement, people: People) -> Iterator[Written]:
    """Issue the badge to all of them who earned it before and never got it, chunk by chunk.

    Where somebody else holds what one of them needs, the rest wait for the next look: those who earn it now do not.
    """
    after: int | None = 0
    while after is not None:
        try:
            written, after = retry_once(partial(_issue_missing, run, ruled, people, after))
        except OperationalError as error:
            if not is_of_a_lock(error):
                raise
            written, after = held_up(ruled.achievement), None
        yield written


def _issue_late_to(run: Run, ruled: RuledAchievement, people: People) -> Written:
    pk, late = ruled.achievement.pk, count_lacking(ruled.achievement, people)
    verdict = approving.hold_if_too_many(run, [ruled.achievement], {pk: late.issuable}, of_everybody=False)
    if verdict.held:
        return Written(achievement=ruled.achievement, held=verdict.news.get(pk, 0))
    written, _after = issue_missing(ruled, people, after_user=0)
    run.keep_late_badges(written)
    return written


@transaction.atomic
def _issue_missing(run: Run, ruled: RuledAchievement, people: People, after: int) -> tuple[Written, int | None]:
    limit_statements()
    written, after_user = issue_missing(ruled, people, after_user=after)
    run.keep_late_badges(written)
    return written, after_user
