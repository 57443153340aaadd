"""What happened to one person, the newest first: training, achievements and badges, each with where it came from."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import Any

from django.db.models import FETCH_RAISE, F, IntegerField, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Now
from django.urls import reverse
from django.utils.html import conditional_escape, escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from achievements.log.withheld import WithheldBadge
from achievements.models import AchievementQuerySet, EarnedAchievement, EarnedAchievementQuerySet
from badges.held.holding_back import held_back
from badges.held.leading import lead_to_issued
from badges.models import IssuedBadge, IssuedBadgeQuerySet
from badges.providers.opening import kinds_that
from classes.models import Class, Enrollment, EnrollmentQuerySet
from courses.models import CourseAssignment, CourseAssignmentQuerySet, TrainingRecord, TrainingRecordQuerySet
from organizations.leading import lead_to_people
from organizations.models import User
from organizations.telling_apart import tell_apart

# So many lines stand on a page.
LINES = 20
SEE_ASSIGNMENTS = "courses.view_courseassignment"
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_MARK = re.compile(r"([0-9]{1,17})-([0-9]{1,2})-([0-9]{1,18})")
# The others are accepted as soon as they are there: nobody answers them.
_ANSWERED = kinds_that(lambda can: can.writes_letters)


class Kind(IntEnum):
    """What happened. Of one moment, what comes of something stands above it."""

    WITHHELD = 1
    REVOKED = 2
    EXPIRED = 3
    FAILED = 4
    NAMED = 5
    REJECTED = 6
    ACCEPTED = 7
    WRITTEN = 8
    DELIVERED = 9
    ISSUED = 10
    EARNED = 11
    TRAINED = 12
    ASSIGNED = 13
    ENROLLED = 14
    JOINED = 15


@dataclass(frozen=True, kw_only=True)
class Sources:
    """What the reader may know of the person: rows of him or her alone. `achievements` are those he or she may ask about.

    `joined_at` is None for whom the account is not open.
    """

    records: TrainingRecordQuerySet
    enrollments: EnrollmentQuerySet
    assignments: CourseAssignmentQuerySet
    earned: EarnedAchievementQuerySet
    issued: IssuedBadgeQuerySet
    achievements: AchievementQuerySet
    withheld: Sequence[WithheldBadge] = ()
    joined_at: datetime | None = None


@dataclass(frozen=True)
class Mark:
    """A place in the timeline: below it stands what happened before, and what has the greater number of one moment."""

    at: datetime
    kind: int
    pk: int

    @classmethod
    def read(cls, text: str) -> "Mark | None":
        """None of what is no mark."""
        found = _MARK.fullmatch(text)
        if found is None:
            return None
        moment, kind, pk = map(int, found.groups())
        return cls(_EPOCH + moment * _MICROSECOND, kind, pk)

    def __str__(self) -> str:
        return f"{(self.at - _EPOCH) // _MICROSECOND}-{self.kind}-{self.pk}"


@dataclass(frozen=True, kw_only=True)
class Event:
    """One line: what happened, where it came from, and where more is said of it. `tone` and `icon` say how it is drawn.

    A name in `origin` is a link where the reader may open the person's page.
    """

    at: datetime
    words: str
    origin: list[str] = field(default_factory=list)
    page: str = ""
    icon: str
    tone: str = ""


@dataclass(frozen=True)
class Timeline:
    """One page of it; `older` marks where the next one goes on, None on the last."""

    events: list[Event]
    older: Mark | None = None


def timeline_of(
    person: User, sources: Sources, reader: User, *, before: Mark | None = None, lines: int = LINES
) -> Timeline:
    """The lines below the mark. The number of queries does not depend on the number of rows.

    A person who reads the own one is told nothing in a provider's words.
    """
    marks = _marks(sources, before, lines + 1)
    shown = marks[:lines]
    rows = _Rows(sources, reader, shown, is_own=person == reader)
    actors = list(rows.actors())
    tell_apart([person, *actors], reader)
    lead_to_people(actors, reader)
    events = [_WORDS[Kind(mark.kind)](rows, mark) for mark in shown]
    return Timeline(events, shown[-1] if len(marks) > lines else None)


def _marks(sources: Sources, before: Mark | None, most: int) -> list[Mark]:
    """The next so many: those of all tables in one statement, and those that are no rows."""
    several = [_below(rows, kind, at, before) for kind, rows, at in _streams(sources)]
    found = several[0].union(*several[1:], all=True).order_by("-at", "kind", "-row")[:most]
    marks = [Mark(*row) for row in found]
    marks += [Mark(one.since, Kind.WITHHELD, one.pk) for one in sources.withheld if one.issued is None]
    if sources.joined_at is not None:
        marks.append(Mark(sources.joined_at, Kind.JOINED, 0))
    below = [mark for mark in marks if before is None or _place(mark) > _place(before)]
    return sorted(below, key=_place)[:most]


def _place(mark: Mark) -> tuple[timedelta, int, int]:
    return _EPOCH - mark.at, mark.kind, -mark.pk


def _streams(sources: Sources) -> Iterable[tuple[Kind, QuerySet[Any], Any]]:
    """Each kind with the rows that tell of it, and the moment of each."""
    issued = sources.issued
    answered = issued.filter(status_changed_at__isnull=False, provider__kind__in=_ANSWERED)
    yield Kind.REVOKED, issued.filter(revoked_at__isnull=False), F("revoked_at")
    yield Kind.EXPIRED, issued.unrevoked().unrefused().filter(expires_at__lte=Now()), F("expires_at")
    yield Kind.FAILED, issued.filter(delivery=IssuedBadge.Delivery.FAILED, failed_at__isnull=False), F("failed_at")
    yield Kind.NAMED, issued.filter(name_decided_at__isnull=False), F("name_decided_at")
    yield Kind.REJECTED, answered.filter(status=IssuedBadge.Status.REJECTED), F("status_changed_at")
    yield Kind.ACCEPTED, answered.filter(status=IssuedBadge.Status.ACCEPTED), F("status_changed_at")
    yield Kind.WRITTEN, issued.filter(letter__sent_at__isnull=False), F("letter__sent_at")
    yield Kind.DELIVERED, issued.filter(delivered_at__isnull=False, provider__kind__in=_ANSWERED), F("delivered_at")
    yield Kind.ISSUED, issued, F("issued_at")
    yield Kind.EARNED, sources.earned, F("earned_at")
    # That a class has begun for somebody, its roster says.
    is_of_roster = Q(source=TrainingRecord.Source.ENROLLMENT, completed_at__isnull=True)
    yield Kind.TRAINED, sources.records.exclude(is_of_roster), Coalesce("completed_at", "started_at")
    yield Kind.ASSIGNED, sources.assignments, F("assigned_at")
    kept = sources.enrollments.exclude(enrollment_status__in=[Enrollment.Status.CANCELLED, Enrollment.Status.DENIED])
    yield Kind.ENROLLED, kept, F("enrolled_at")


def _below(rows: QuerySet[Any], kind: Kind, at: Any, before: Mark | None) -> Any:
    marked: Any = rows.order_by().annotate(at=at, kind=Value(int(kind), IntegerField()), row=F("pk"))
    if before is not None:
        below = Q(at__lt=before.at)
        if kind > before.kind:
            below |= Q(at=before.at)
        elif kind == before.kind:
            below |= Q(at=before.at, pk__lt=before.pk)
        marked = marked.filter(below)
    return marked.values_list("at", "kind", "row")


class _Rows:
    """The rows of one page of lines, and what is said of them."""

    def __init__(self, sources: Sources, reader: User, marks: Collection[Mark], *, is_own: bool) -> None:
        self.is_own = is_own
        ids: dict[int, set[int]] = {kind: {mark.pk for mark in marks if mark.kind == kind} for kind in Kind}
        of_badges = set().union(*(ids[kind] for kind in Kind if Kind.REVOKED <= kind <= Kind.ISSUED))
        self.withheld = {one.pk: one for one in sources.withheld}
        told: Any = IssuedBadge.objects.as_told_to(reader)
        self.issued: dict[int, Any] = _bulk(told, of_badges, "badge", "provider", "issued_by", "revoked_by")
        self.earned: dict[int, EarnedAchievement] = _bulk(
            EarnedAchievement.objects.all(), ids[Kind.EARNED], "achievement"
        )
        self.records: dict[int, TrainingRecord] = _bulk(
            TrainingRecord.objects.all(), ids[Kind.TRAINED], "lab", "course"
        )
        self.assignments: dict[int, CourseAssignment] = _bulk(
            CourseAssignment.objects.all(), ids[Kind.ASSIGNED], "course"
        )
        of_classes = {pk for row in self.records.values() if (pk := _enrollment_id(row)) is not None}
        self.enrollments: dict[int, Any] = _bulk(
            Enrollment.objects.as_told_to(reader), ids[Kind.ENROLLED] | of_classes, "klass", "completion_set_by"
        )
        self.asks_about = _ids(sources.achievements, {row.achievement_id for row in self.earned.values()})
        classes = {row.klass_id for row in self.enrollments.values()}
        self.classes = _ids(Class.objects.visible_to(reader), classes)
        self.opens_assignments = is_own or reader.has_perm(SEE_ASSIGNMENTS)
        lead_to_issued(self.issued.values(), reader)

    def actors(self) -> Iterable[User]:
        """Those whom the lines name beside the person."""
        for row in self.issued.values():
            yield from (who for who, is_told in _actors_of(row) if is_told)
        for line in self.enrollments.values():
            if line.completion_set_by is not None and line.tells_setter:
                yield line.completion_set_by

    def of_badge(self, mark: Mark, words: str, **drawn: Any) -> Event:
        """A line about an issued badge: `words` has the badge's name in it."""
        row = self.issued[mark.pk]
        return Event(at=mark.at, words=words % {"badge": row.badge}, page=row.details_page, **drawn)


def _bulk(rows: QuerySet[Any], ids: Collection[int], *joined: str) -> dict[int, Any]:
    return rows.select_related(*joined).fetch_mode(FETCH_RAISE).in_bulk(ids) if ids else {}


def _ids(rows: QuerySet[Any], ids: Collection[int]) -> set[int]:
    return set(rows.filter(pk__in=ids).values_list("pk", flat=True)) if ids else set()


def _enrollment_id(row: TrainingRecord) -> int | None:
    """The line of the roster that the record comes from, if it comes from one."""
    is_of_roster = (
        row.source == TrainingRecord.Source.ENROLLMENT and row.source_id.isascii() and row.source_id.isdigit()
    )
    return int(row.source_id) if is_of_roster else None


def _actors_of(row: Any) -> Iterable[tuple[User, bool]]:
    """Who issued and who revoked the badge, and whether the reader may know."""
    if row.issued_by is not None:
        yield row.issued_by, row.tells_issuer
    if row.revoked_by is not None:
        yield row.revoked_by, row.tells_revoker


def _by(who: User | None, *, is_told: bool) -> list[str]:
    return [_naming(_("by %(person)s"), who)] if who is not None and is_told else []


def _naming(words: str, who: User, **said: str) -> str:
    """The words with the name in them, which leads to the person's page where the reader may open it."""
    name = format_html('<a href="{}">{}</a>', who.page, who) if who.page else str(who)
    named = {"person": name, **said}
    return SafeString(escape(words) % {each: conditional_escape(value) for each, value in named.items()})


def _completion(line: Any) -> list[str]:
    """How the completion of a roster's line was set, and by whom, as far as that is kept and the reader may know it."""
    if line.completion_status == Enrollment.Completion.UNKNOWN:
        return []
    said = {"completion": str(line.get_completion_status_display())}
    via = str(line.get_completion_set_via_display())
    if line.completion_set_by is not None and line.tells_setter:
        words = _("set to %(completion)s by %(person)s")
        return [_naming(words, line.completion_set_by, **said), via]
    if line.completion_set_via == Enrollment.CompletionVia.IMPORT:
        return [_("set to %(completion)s by import") % said]
    words = _("set to %(completion)s") % said
    return [words, via] if via else [words]


def _withheld(rows: _Rows, mark: Mark) -> Event:
    one = rows.withheld[mark.pk]
    words = _("%(badge)s withheld") % {"badge": one.badge}
    return Event(at=mark.at, words=words, origin=[one.reason, one.source], icon="pause-circle", tone="wait")


def _revoked(rows: _Rows, mark: Mark) -> Event:
    row = rows.issued[mark.pk]
    origin = [*_by(row.revoked_by, is_told=row.tells_revoker), *filter(None, [row.revocation_reason])]
    return rows.of_badge(mark, _("%(badge)s revoked"), origin=origin, icon="no-symbol", tone="bad")


def _expired(rows: _Rows, mark: Mark) -> Event:
    return rows.of_badge(mark, _("%(badge)s expired"), icon="calendar-days")


def _failed(rows: _Rows, mark: Mark) -> Event:
    row = rows.issued[mark.pk]
    reason = held_back(row, is_own=True) if rows.is_own else row.failure_message
    words = _("%(badge)s could not be delivered")
    return rows.of_badge(mark, words, origin=[reason], icon="exclamation-triangle", tone="bad")


def _named(rows: _Rows, mark: Mark) -> Event:
    is_shown = rows.issued[mark.pk].is_name_public
    words = _("Name shown on %(badge)s") if is_shown else _("Name kept private on %(badge)s")
    return rows.of_badge(mark, words, origin=[_("by the student")], icon="eye" if is_shown else "eye-slash")


def _rejected(rows: _Rows, mark: Mark) -> Event:
    return rows.of_badge(mark, _("%(badge)s rejected by the student"), icon="hand-thumb-down")


def _accepted(rows: _Rows, mark: Mark) -> Event:
    return rows.of_badge(mark, _("%(badge)s accepted by the student"), icon="check-circle", tone="good")


def _written(rows: _Rows, mark: Mark) -> Event:
    address = rows.issued[mark.pk].sent_to
    return rows.of_badge(mark, _("E-mail about %(badge)s sent"), origin=[address] if address else [], icon="envelope")


def _delivered(rows: _Rows, mark: Mark) -> Event:
    provider = str(rows.issued[mark.pk].provider)
    return rows.of_badge(mark, _("%(badge)s delivered"), origin=[provider], icon="paper-airplane", tone="info")


def _issued(rows: _Rows, mark: Mark) -> Event:
    row = rows.issued[mark.pk]
    who = [_("automatically")] if row.issued_by is None else _by(row.issued_by, is_told=row.tells_issuer)
    source = _("%(kind)s: %(name)s") % {"kind": row.get_via_display(), "name": row.source_words}
    origin = [*who, source if row.source_words else str(row.get_via_display())]
    return rows.of_badge(mark, _("%(badge)s issued"), origin=origin, icon="trophy", tone="good")


def _earned(rows: _Rows, mark: Mark) -> Event:
    row = rows.earned[mark.pk]
    words = {"achievement": row.achievement, "nth": row.nth, "version": row.version}
    origin = [_("conditions version %(version)s") % words]
    if count := _counted(row.evidence):
        based = ngettext("based on %(count)s training record", "based on %(count)s training records", count)
        origin.append(based % {"count": count})
    said = (
        _("Achievement %(achievement)s earned, time %(nth)s")
        if row.nth > 1
        else _("Achievement %(achievement)s earned")
    )
    page = ""
    if row.achievement_id in rows.asks_about:
        page = reverse("achievements:why", args=[row.achievement_id, row.user_id])
    return Event(at=mark.at, words=said % words, origin=origin, page=page, icon="star", tone="good")


def _counted(evidence: Mapping[str, Any]) -> int:
    """How many records the award is based on, also those that are not kept by their ids."""
    records, awards, counted = (evidence.get(name) for name in ("records", "earned", "counted"))
    if isinstance(counted, int):
        return max(0, counted - len(awards or []))
    return len(records or [])


def _trained(rows: _Rows, mark: Mark) -> Event:
    row = rows.records[mark.pk]
    name = {"name": row.lab or row.course}
    words = _("%(name)s completed") if row.completed_at else _("%(name)s started")
    if row.completed_at and row.passed is False:
        words = _("%(name)s not passed")
    origin = [str(row.get_source_display())]
    line = rows.enrollments.get(_enrollment_id(row) or 0)
    if line is not None:
        origin = [_("%(kind)s: %(name)s") % {"kind": origin[0], "name": line.klass}, *_completion(line)]
    if row.score is not None:
        origin.append(_("score %(score)s of %(most)s") % {"score": row.score, "most": row.max_score})
    page = _page_of_class(rows, line) if line else ""
    tone = "" if row.passed is not False else "bad"
    return Event(
        at=mark.at, words=words % name, origin=origin, page=page, icon="check" if not tone else "x-mark", tone=tone
    )


def _assigned(rows: _Rows, mark: Mark) -> Event:
    row = rows.assignments[mark.pk]
    page = reverse("courses:assignment", args=[row.pk]) if rows.opens_assignments else ""
    words = _("Course %(course)s assigned") % {"course": row.course}
    return Event(at=mark.at, words=words, page=page, icon="book-open")


def _enrolled(rows: _Rows, mark: Mark) -> Event:
    row = rows.enrollments[mark.pk]
    words = _("On the roster of %(class)s") % {"class": row.klass}
    origin = [str(row.get_enrollment_status_display())]
    if not row.is_complete:  # of which the training record tells
        origin += _completion(row)
    return Event(at=mark.at, words=words, origin=origin, page=_page_of_class(rows, row), icon="academic-cap")


def _joined(_rows: _Rows, mark: Mark) -> Event:
    return Event(at=mark.at, words=_("Account created"), icon="user-plus")


def _page_of_class(rows: _Rows, line: Enrollment) -> str:
    return reverse("classes:details", args=[line.klass_id]) if line.klass_id in rows.classes else ""


_WORDS: dict[Kind, Callable[[_Rows, Mark], Event]] = {
    Kind.WITHHELD: _withheld,
    Kind.REVOKED: _revoked,
    Kind.EXPIRED: _expired,
    Kind.FAILED: _failed,
    Kind.NAMED: _named,
    Kind.REJECTED: _rejected,
    Kind.ACCEPTED: _accepted,
    Kind.WRITTEN: _written,
    Kind.DELIVERED: _delivered,
    Kind.ISSUED: _issued,
    Kind.EARNED: _earned,
    Kind.TRAINED: _trained,
    Kind.ASSIGNED: _assigned,
    Kind.ENROLLED: _enrolled,
    Kind.JOINED: _joined,
}
