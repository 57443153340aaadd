"""What waits for a person, in words: a line for each cause, with the list behind its number and what may be done here."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Model
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from achievements.log.undelivered import ACCOUNT, BADGE, PROVIDER
from badges.models import BadgeProvider, BadgeTemplate
from classes.wrapping_up import Completion
from organizations.models import User
from tms.attention import words
from tms.attention.finding import Finding, Kind, find
from tms.attention.subjects import Subjects

# So many lines of each kind; the list behind them has all.
SHOWN = 20
DECIDE, CHANGE_ACHIEVEMENTS = "achievements.change_hold", "achievements.change_achievement"


@dataclass(frozen=True, kw_only=True)
class Cause:
    """One line. `subject` is what it is about: an account, a badge, a provider, a hold, an achievement or a class; None of
    the sweep.

    `page` is about that and `behind` lists what waits; empty where there is none for the reader. `may_repair`: the reader
    may do here, or where the line leads, what the cause asks for; else `ask` says whom to ask.
    """

    kind: Kind
    subject: Any
    title: str
    detail: str
    number: int
    since: datetime | None
    failed: int
    code: str
    page: str
    behind: str
    may_repair: bool
    may_retry: bool
    ask: str
    # Of a badge without a usable one, those of its provider that the reader may choose from; empty where there are too many.
    templates: Sequence[BadgeTemplate]


@dataclass(frozen=True)
class Rest:
    """Causes of one kind that are not shown: how many, and where they are listed."""

    count: int
    kind: str | Promise
    url: str


@dataclass(frozen=True)
class Section:
    """Lines that belong together, the greatest number first."""

    name: str
    title: str | Promise
    hint: str | Promise
    causes: list[Cause]
    rests: list[Rest]


@dataclass(frozen=True)
class Attention:
    """All that waits for somebody at a moment. `badges` are those of the home page's figure, and of the list behind it."""

    sections: list[Section]
    count: int
    badges: int
    awards: int


BRINGS_BADGES = (Kind.PROVIDER, Kind.TEMPLATE, Kind.ACCOUNT, Kind.ADDRESS, Kind.DELIVERY)
_SECTIONS = (
    (
        "waiting",
        gettext_lazy("Badges are waiting"),
        gettext_lazy("Repair one, and its badges leave at once."),
        (Kind.SWEEP, *BRINGS_BADGES),
    ),
    ("decision", gettext_lazy("Your decision"), "", (Kind.AWARDS, Kind.EVALUATION, Kind.CLASS)),
    ("soon", gettext_lazy("Soon"), "", (Kind.TOKEN,)),
)


def how_many_causes(user: User, *, at: datetime) -> int:
    """How many lines `causes_for` has, those that it does not show included. Ten queries at most."""
    return len(find(user, at=at))


def causes_for(user: User, *, at: datetime) -> Attention:
    """Everything that waits for somebody and that the user may see. The same queries for one cause and for ten thousand."""
    found = find(user, at=at)
    shown = {kind: _first([one for one in found if one.kind == kind]) for kind in Kind}
    drawn = _drawn([one for some in shown.values() for one in some], user)
    sections = [
        Section(
            name,
            title,
            hint,
            sorted((one for one in drawn if one.kind in kinds), key=_order),
            [_rest(kind, found) for kind in kinds if sum(one.kind == kind for one in found) > SHOWN],
        )
        for name, title, hint, kinds in _SECTIONS
    ]
    return Attention(
        sections=[section for section in sections if section.causes],
        count=len(found),
        badges=sum(one.number for one in found if one.kind in BRINGS_BADGES),
        awards=sum(one.number for one in found if one.kind == Kind.AWARDS),
    )


def undelivered_list(**query: object) -> str:
    """The address of the badges that did not arrive, those that this asks for."""
    return f"{reverse('achievements:undelivered')}?{urlencode(query)}"


def _order(one: Finding | Cause) -> tuple[Any, ...]:
    """What keeps everybody waiting, then the greatest number first, then what has waited longest."""
    about = one.about if isinstance(one, Finding) else getattr(one.subject, "pk", 0)
    return one.kind != Kind.SWEEP, -one.number, one.since is None, one.since or 0, about


def _first(found: Sequence[Finding]) -> list[Finding]:
    return sorted(found, key=_order)[:SHOWN]


def _rest(kind: Kind, found: Collection[Finding]) -> Rest:
    count = sum(one.kind == kind for one in found) - SHOWN
    return Rest(count, words.KINDS[kind], _list_of_kind(kind, found))


def _list_of_kind(kind: Kind, found: Collection[Finding]) -> str:
    if kind in BRINGS_BADGES:
        return undelivered_list(fix=kind.value)
    if kind == Kind.AWARDS:
        return f"{reverse('achievements:holds')}?decision=waiting"
    if kind == Kind.EVALUATION:
        return next(reverse("achievements:sweep_problems", args=[one.sweep_id]) for one in found if one.kind == kind)
    if kind == Kind.CLASS:
        return f"{reverse('classes:list')}?when=attention"
    return reverse("badges:providers")


def _drawn(found: Sequence[Finding], user: User) -> list[Cause]:
    """The lines of these, without those whose subject is gone by now."""
    rows = Subjects(found, user)
    return [_MAKERS[one.kind](one, rows) for one in found if rows.has(one)]


def _of_sweep(one: Finding, _rows: Subjects) -> Cause:
    page = reverse("achievements:freshness")
    return _cause(
        one,
        None,
        title=_("The sweep is late: badges do not arrive within the hour."),
        detail=words.beside_sweep(one),
        page=page,
        behind=page,
        is_mine=True,
    )


def _of_person(one: Finding, rows: Subjects) -> Cause:
    person = rows.accounts[one.about]
    is_address = one.kind == Kind.ADDRESS
    only_waits = is_address and words.has_usable_address(person)
    return _cause(
        one,
        person,
        title=words.of_address(person) if is_address else words.of_account(person),
        detail=str(person.organization),
        page=person.page,
        behind=undelivered_list(fix=one.kind.value, user=person.pk),
        is_mine=person.pk in rows.mine[ACCOUNT],
        ask=words.ask(person.organization),
        is_settled=only_waits,
    )


def _of_template(one: Finding, rows: Subjects) -> Cause:
    badge = rows.badges[one.about]
    cause = _cause(
        one,
        badge,
        title=words.of_template(badge),
        detail=one.said or str(badge.organization),
        page=badge.page,
        behind=undelivered_list(fix=one.kind.value, badge_id=badge.pk),
        is_mine=badge.pk in rows.mine[BADGE],
        ask=words.ask(badge.organization),
    )
    templates = rows.templates.get(badge.provider_id, []) if cause.may_repair else []
    other = [template for template in templates if template.external_id != badge.provider_template_id]
    return replace(cause, templates=other)


def _of_provider(one: Finding, rows: Subjects) -> Cause:
    provider, is_mine = rows.providers[one.about], one.about in rows.mine[PROVIDER]
    page = _page_of(provider, rows)
    return _cause(
        one,
        provider,
        title=words.of_provider(provider),
        detail=words.beside_provider(provider, is_mine=is_mine),
        page=page,
        behind=undelivered_list(fix=one.kind.value, provider=provider.pk) if one.number else page,
        is_mine=is_mine,
        ask=words.ask(provider.organization),
    )


def _of_delivery(one: Finding, rows: Subjects) -> Cause:
    provider = rows.providers[one.about]
    return _cause(
        one,
        provider,
        title=words.of_delivery(provider, one),
        detail=one.said,
        page=_page_of(provider, rows),
        behind=undelivered_list(fix=one.kind.value, provider=provider.pk, code=one.code),
        is_mine=one.failed > 0,
        ask=words.ask(provider.organization),
    )


def _of_awards(one: Finding, rows: Subjects) -> Cause:
    hold = rows.holds[one.about]
    page = reverse("achievements:hold", args=[hold.pk])
    return _cause(
        one,
        hold,
        title=words.of_awards(hold),
        detail=words.beside_awards(hold),
        page=page,
        behind=page,
        is_mine=rows.user.has_perm(DECIDE),
        ask=words.ask(hold.achievement.organization),
    )


def _of_evaluation(one: Finding, rows: Subjects) -> Cause:
    achievement = rows.achievements[one.about]
    problems = reverse("achievements:sweep_problems", args=[one.sweep_id])
    return _cause(
        one,
        achievement,
        title=_("%(achievement)s could not be checked") % {"achievement": achievement},
        detail=one.said,
        page=reverse("achievements:details", args=[achievement.pk]),
        behind=f"{problems}?{urlencode({'achievement': achievement.pk})}",
        is_mine=rows.user.has_perm(CHANGE_ACHIEVEMENTS),
        ask=words.ask(achievement.organization),
    )


def _of_class(one: Finding, rows: Subjects) -> Cause:
    klass = rows.classes[one.about]
    wanted = {"enrollment": "enrolled", "completion": Completion.UNKNOWN if klass.unset else Completion.COMPLETE}
    roster = reverse("classes:roster", args=[klass.pk])
    return _cause(
        replace(one, number=klass.unset or klass.without_badge),
        klass,
        title=words.of_class(klass),
        detail=words.beside_class(klass, klass.unset, rows.user),
        page=roster,
        behind=f"{roster}?{urlencode(wanted)}",
        is_mine=True,
    )


def _of_token(one: Finding, rows: Subjects) -> Cause:
    provider = rows.providers[one.about]
    page = _page_of(provider, rows)
    return _cause(
        one,
        provider,
        title=words.of_token(provider),
        detail=_("Afterwards, badges of this account wait until you enter a new one."),
        page=page,
        behind=page,
        is_mine=True,
    )


def _cause(
    one: Finding,
    subject: Model | None,
    *,
    is_mine: bool,
    ask: str = "",
    is_settled: bool = False,
    **said: str,
) -> Cause:
    return Cause(
        kind=one.kind,
        subject=subject,
        number=one.number,
        since=one.since,
        failed=one.failed,
        code=one.code,
        may_repair=is_mine and not is_settled,
        may_retry=one.failed > 0 and one.kind in (Kind.TEMPLATE, Kind.DELIVERY),
        ask="" if is_mine or is_settled else ask,
        templates=(),
        **said,
    )


def _page_of(provider: BadgeProvider, rows: Subjects) -> str:
    return reverse("badges:provider", args=[provider.pk]) if provider.pk in rows.providers_in_sight else ""


_MAKERS: dict[Kind, Callable[[Finding, Subjects], Cause]] = {
    Kind.SWEEP: _of_sweep,
    Kind.ADDRESS: _of_person,
    Kind.ACCOUNT: _of_person,
    Kind.TEMPLATE: _of_template,
    Kind.PROVIDER: _of_provider,
    Kind.DELIVERY: _of_delivery,
    Kind.AWARDS: _of_awards,
    Kind.EVALUATION: _of_evaluation,
    Kind.CLASS: _of_class,
    Kind.TOKEN: _of_token,
}
