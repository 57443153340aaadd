"""Foresees what would come of an achievement's badge: how many get it, how many hold it already, who cannot get it and why."""
# ruff: noqa: S608 - every piece of text is a constant of this module; values arrive as parameters

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.formats import localize
from django.utils.translation import ngettext

from achievements.conditions.sql import Sql
from badges.issuing.obstacles import RecipientAccount, obstacles
from badges.models import Badge
from badges.providers.opening import capabilities_of
from organizations.models import PLAIN_ADDRESS

GIVEN, HELD, LOST = "given", "held", "lost"
NO_NAME, NO_EMAIL, BAD_EMAIL = "no_name", "no_email", "bad_email"
# Nothing is in its way but what is in everybody's.
_ACCOUNT = RecipientAccount(email="someone@example.com", first_name="Some", last_name="One", is_active=True)


@dataclass(frozen=True, kw_only=True)
class BadgeForecast:
    """Of those who would earn the achievement for the first time. `reasons` say, with numbers, why the badge is refused."""

    badge: Badge
    given: int
    held: int
    refused: int
    reasons: list[str] = field(default_factory=list)

    @property
    def people(self) -> int:
        """All of them."""
        return self.given + self.held + self.refused


def columns(badge: Badge | None) -> Sql:
    """Three columns for rows `found` (user_id, nth, earned_at): how many badges have ended already, how many people there
    are of each fate, and the addresses that are not plain. Of several times the first alone earns a badge (S13).
    """
    return Sql("0, NULL, ARRAY[]::text[], ") if badge is None else _ended(badge) + _fates(badge)


def _ended(badge: Badge) -> Sql:
    if badge.valid_days is None:
        return Sql("0, ")
    has_ended = "earned_at + make_interval(hours => 24 * %s) <= statement_timestamp()"
    return Sql(f"(SELECT count(*) FROM found WHERE nth = 1 AND {has_ended}), ", (badge.valid_days,))


def _fates(badge: Badge) -> Sql:
    needs_names = capabilities_of(badge.provider).needs_names
    nameless = "btrim(first_name) = '' OR btrim(last_name) = ''" if needs_names else "false"
    given = "SELECT FROM badges_issuedbadge given WHERE given.badge_id = %s AND given.student_id = person.id"
    fated = Sql(
        "(SELECT email, CASE"
        f" WHEN EXISTS ({given} AND revoked_at IS NULL) THEN 'held' WHEN EXISTS ({given}) THEN 'lost'"
        f" WHEN {nameless} THEN 'no_name' WHEN email = '' THEN 'no_email' WHEN email ~ %s THEN 'given' ELSE 'odd' END AS fate"
        " FROM found JOIN organizations_user person ON person.id = user_id WHERE nth = 1) fated",
        (badge.pk, badge.pk, PLAIN_ADDRESS),
    )
    numbers = Sql("(SELECT json_object_agg(fate, n) FROM (SELECT fate, count(*) AS n FROM ") + fated
    numbers += " WHERE fate <> 'odd' GROUP BY 1) each), "
    return numbers + "ARRAY(SELECT email FROM " + fated + " WHERE fate = 'odd'), "


def counted(numbers: Mapping[str, int] | None, odd_addresses: Iterable[str]) -> Counter[str]:
    """How many there are of each fate; whether an odd address is valid Django's validator decides, as issuing does."""
    fates = Counter(numbers or {})
    fates.update(GIVEN if _is_valid(address) else BAD_EMAIL for address in odd_addresses)
    return fates


def times(fates: Mapping[str, int], factor: float) -> Counter[str]:
    """For so many times as many people."""
    return Counter({fate: round(n * factor) for fate, n in fates.items()})


def forecast(badge: Badge, fates: Mapping[str, int]) -> BadgeForecast:
    """What the numbers mean. What is wrong with the badge or its provider keeps everybody from it who has not got it."""
    given, held = fates.get(GIVEN, 0), fates.get(HELD, 0)
    everybody = sum(fates.values())
    if wide := [refusal.message for refusal in obstacles(badge, _ACCOUNT)]:
        return BadgeForecast(badge=badge, given=0, held=held, refused=everybody - held, reasons=wide)
    refused = everybody - given - held
    return BadgeForecast(badge=badge, given=given, held=held, refused=refused, reasons=list(_reasons(fates)))


def _reasons(fates: Mapping[str, int]) -> Iterator[str]:
    if n := fates.get(NO_EMAIL, 0):
        words = ngettext("%(n)s account has no e-mail address.", "%(n)s accounts have no e-mail address.", n)
        yield words % {"n": localize(n)}
    if n := fates.get(BAD_EMAIL, 0):
        words = ngettext(
            "%(n)s account has an e-mail address that is not valid.",
            "%(n)s accounts have e-mail addresses that are not valid.",
            n,
        )
        yield words % {"n": localize(n)}
    if n := fates.get(NO_NAME, 0):
        words = ngettext(
            "%(n)s account lacks a first or a last name, which the badge provider needs.",
            "%(n)s accounts lack a first or a last name, which the badge provider needs.",
            n,
        )
        yield words % {"n": localize(n)}
    if n := fates.get(LOST, 0):
        words = ngettext(
            "%(n)s person had the badge, and it was revoked. A sweep does not issue it again.",
            "%(n)s people had the badge, and it was revoked. A sweep does not issue it again.",
            n,
        )
        yield words % {"n": localize(n)}


def _is_valid(address: str) -> bool:
    try:
        validate_email(address)
    except ValidationError:
        return False
    return True
