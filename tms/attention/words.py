"""The sentences of Needs attention: what is wrong, and what follows from it."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import formats, timezone
from django.utils.formats import localize
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from achievements.log.first_fixes import Fix
from achievements.models import Hold
from badges.models import Badge, BadgeProvider
from classes.models import Class
from operation.templatetags.display import DAY
from organizations.models import Organization, User
from tms.attention.finding import Finding, Kind

# So many instructors of a class are named.
NAMED = 3

KINDS: dict[Kind, str | Promise] = {
    Kind.SWEEP: gettext_lazy("Sweep health"),
    **{Kind(fix.value): fix.label for fix in Fix},
    Kind.AWARDS: gettext_lazy("Awards awaiting approval"),
    Kind.EVALUATION: gettext_lazy("Achievements that could not be checked"),
    Kind.CLASS: gettext_lazy("Classes to wrap up"),
    Kind.TOKEN: gettext_lazy("API tokens that end soon"),
}


def ask(organization: Organization) -> str:
    """Whom to ask who may not repair it."""
    return _("Ask an administrator of %(organization)s.") % {"organization": organization}


def has_usable_address(person: User) -> bool:
    """Whether a badge could be sent there now: then it only waits for the next full sweep."""
    try:
        validate_email(person.email)
    except ValidationError:
        return False
    return True


def of_address(person: User) -> str:
    """What is wrong with the address of an account."""
    if has_usable_address(person):
        return _("The badges of %(person)s leave with the next full sweep") % {"person": person}
    if person.email:
        return _("The e-mail address of %(person)s is not valid") % {"person": person}
    return _("%(person)s has no e-mail address") % {"person": person}


def of_account(person: User) -> str:
    """What is wrong with an account otherwise."""
    if not person.is_active:
        return _("The account of %(person)s is closed") % {"person": person}
    return _("The account of %(person)s lacks a first or last name") % {"person": person}


def of_template(badge: Badge) -> str:
    """What is wrong with the template that a badge names."""
    names = {"badge": badge, "provider": badge.provider}
    if not badge.provider_template_id:
        return _("%(badge)s has no template at %(provider)s") % names
    return _("%(provider)s cannot issue %(badge)s from its template") % names


def of_provider(provider: BadgeProvider) -> str:
    """Why nothing is sent to a provider."""
    if not provider.is_enabled:
        return _("%(provider)s is switched off") % {"provider": provider}
    if provider.paused_at is not None:
        return _("%(provider)s is paused") % {"provider": provider}
    return _("%(provider)s does not answer") % {"provider": provider}


def beside_provider(provider: BadgeProvider, *, is_mine: bool) -> str:
    """The reason, to who manages the provider."""
    if provider.is_enabled and provider.paused_at is None:
        return _("We retry automatically.")
    return provider.pause_reason if is_mine and provider.is_enabled else str(provider.organization)


def of_delivery(provider: BadgeProvider, one: Finding) -> str:
    """What came of deliveries that failed alike."""
    if one.code == "no_answer":
        return _("%(provider)s gave no answer") % {"provider": provider}
    return _("%(provider)s refused badges") % {"provider": provider}


def of_awards(hold: Hold) -> str:
    """What awaits approval."""
    words = ngettext(
        "%(achievement)s would give %(count)s award at once",
        "%(achievement)s would give %(count)s awards at once",
        hold.count,
    )
    return words % {"achievement": hold.achievement, "count": localize(hold.count)}


def beside_awards(hold: Hold) -> str:
    """Against which limit."""
    if not hold.achievement.is_enabled:
        return _("The achievement is disabled, so no one would be awarded.")
    limit = hold.achievement.organization.approval_limit
    if limit is None:
        return ""
    words = ngettext(
        "Your limit is %(limit)s at a time. Everything else continues.",
        "Your limit is %(limit)s at a time. Everything else continues.",
        limit,
    )
    return words % {"limit": localize(limit)}


def beside_sweep(one: Finding) -> str:
    """Why the sweep is late, of the two reasons."""
    if one.code == "full_sweep":
        return _("No full sweep ended within the last hour.")
    return _("A record has waited for more than an hour.")


def of_class(klass: Class) -> str:
    """That a class ended, and what was to follow has not."""
    return _("%(class)s is not wrapped up") % {"class": klass}


def beside_class(klass: Class, unset: int, reader: User) -> str:
    """What it wants, and of whom where the reader does not teach it. Reads its organization and instructors."""
    wanted = _("Completions are not set.") if unset else _("Students completed, and no badge was issued.")
    instructors = sorted(klass.instructors.all(), key=lambda one: (one.last_name, one.first_name, one.pk))
    if reader in instructors:
        return wanted
    if not instructors:
        return _("%(wanted)s No one teaches it.") % {"wanted": wanted}
    names = ", ".join(map(str, instructors[:NAMED]))
    return _("%(wanted)s Taught by %(names)s.") % {"wanted": wanted, "names": names}


def of_token(provider: BadgeProvider) -> str:
    """When a token ends, or that it has ended."""
    ends_at = provider.token_expires_at
    assert ends_at is not None, "only a token with an end is found"
    names = {"provider": provider, "day": formats.date_format(timezone.localtime(ends_at), DAY)}
    if ends_at <= timezone.now():
        return _("The API token of %(provider)s ended on %(day)s") % names
    return _("The API token of %(provider)s ends on %(day)s") % names
