"""/admin/design/: every piece that pages are made of, drawn by the real templates, light and dark side by side."""

from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.messages.storage.base import Message
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.utils import timezone
from django.utils.csp import CSP
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_safe

from badges.models import Badge, IssuedBadge
from listing.lists import Column, Listing, listing
from operation.templatetags.display import day_in
from organizations.access import managed_organizations, signed_in
from organizations.brands import shown_to
from organizations.models import Organization

# Each colour of static/css/tokens.css, by what it is for.
COLOURS = {
    gettext_lazy("Text and ground"): (
        *("ink", "muted", "paper", "surface", "sunken", "neutral", "hover", "line", "line-strong"),
    ),
    gettext_lazy("Brand"): (
        *("laurel", "laurel-strong", "laurel-soft", "on-laurel"),
        *("deep", "deep-hover", "deep-line", "on-deep", "on-deep-muted"),
    ),
    gettext_lazy("What waits, failed or is on its way"): (
        *("gold", "gold-strong", "gold-soft", "danger", "danger-soft", "on-danger", "info", "info-soft"),
    ),
}
ICONS = (
    *("academic-cap", "arrow-down", "arrow-down-tray", "arrow-left", "arrow-left-start-on-rectangle"),
    *("arrow-path", "arrow-right", "arrow-top-right-on-square", "arrow-trending-up", "arrow-up"),
    *("arrow-uturn-left", "arrows-up-down", "at-symbol", "bars-3", "book-open", "bookmark"),
    *("building-library", "building-office-2", "calendar", "calendar-days", "chart-bar", "chat-bubble-left"),
    *("check", "check-badge"),
    *("check-circle", "chevron-down", "chevron-left", "chevron-right", "chevron-up", "chevron-up-down"),
    *("clipboard-document", "clock", "cog-6-tooth", "computer-desktop", "document-duplicate"),
    *("document-text", "ellipsis-horizontal", "envelope", "exclamation-circle", "exclamation-triangle"),
    *("eye", "eye-slash", "flag", "hand-raised", "hand-thumb-down", "home", "inbox"),
    *("information-circle", "key", "language", "list-bullet", "magnifying-glass", "map", "no-symbol"),
    *("paper-airplane", "pause", "pause-circle", "pencil-square", "play", "plus", "printer"),
    *("puzzle-piece", "question-mark-circle", "rectangle-stack", "shield-check", "signal", "sparkles"),
    *("star", "swatch", "trash", "trophy", "user", "user-group", "user-plus", "users", "view-columns"),
    *("x-circle", "x-mark"),
)
COLUMNS: list[Column[Organization]] = [
    Column(name="name", label=gettext_lazy("Name"), order_by=("name", "pk")),
    Column(name="time_zone", label=gettext_lazy("Time zone"), order_by=("time_zone", "pk")),
    Column(name="achievements", label=gettext_lazy("Achievements"), value="achievements_enabled"),
]
LETTER_CSP: dict[str, list[str] | str] = {
    "default-src": [CSP.NONE],
    "img-src": [CSP.SELF],
    "style-src": [CSP.UNSAFE_INLINE],  # a letter has no style sheet
    "frame-ancestors": [CSP.NONE],
}


class SampleForm(forms.Form):
    """A field of each kind."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=40)
    expires = forms.DateField(label=gettext_lazy("Expires"), widget=forms.DateInput(attrs={"type": "date"}))
    description = forms.CharField(
        label=gettext_lazy("Description"),
        widget=forms.Textarea,
        required=False,
        help_text=gettext_lazy("One or two sentences for those who see the badge."),
    )
    organization = forms.ChoiceField(label=gettext_lazy("Organization"), required=False)
    is_manual = forms.BooleanField(
        label=gettext_lazy("Enable Manual Issuance"),
        required=False,
        help_text=gettext_lazy("Instructors and administrators may issue the badge by hand."),
    )
    available_to = forms.MultipleChoiceField(
        label=gettext_lazy("Available to"), widget=forms.CheckboxSelectMultiple, required=False
    )

    def __init__(self, organization: Organization | None, *, prefix: str) -> None:
        """Sent with a name and without a day, which is an error."""
        super().__init__({f"{prefix}-name": "Network Defender", f"{prefix}-is_manual": "on"}, prefix=prefix)
        choices = [("", "---------"), ("1", str(organization or settings.SITE_NAME))]
        for name in ("organization", "available_to"):
            self.fields[name].choices = choices[name == "available_to" :]  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Scheme:
    """One half of the page, with what carries ids of its own."""

    name: str
    label: str | Promise
    form: SampleForm
    listing: Listing[Organization]
    empty: Listing[Organization]


@require_safe
def design(request: HttpRequest) -> HttpResponse:
    """The page; the list on it is of the reader's own organizations."""
    user = signed_in(request)
    context = {
        "schemes": [
            _scheme(request, user.organization, name, label)
            for name, label in (("light", gettext_lazy("Light")), ("dark", gettext_lazy("Dark")))
        ],
        "colours": COLOURS,
        "icons": ICONS,
        "samples": {"issued": standings(), "messages": sample_messages(), "badges": sample_badges()},
    }
    return render(request, "tms/design/page.html", context)


def _scheme(request: HttpRequest, organization: Organization | None, name: str, label: str | Promise) -> Scheme:
    organizations = managed_organizations(signed_in(request)).fetch_mode(models.FETCH_RAISE)

    def rows(found: models.QuerySet[Organization], what: str) -> Listing[Organization]:
        return listing(request, found, COLUMNS, sort="name", search=("name",), per_page=10, name=f"{what}-{name}")

    return Scheme(
        name,
        label,
        SampleForm(organization, prefix=name),
        rows(organizations, "organizations"),
        rows(organizations.none(), "nothing"),
    )


def standings() -> list[IssuedBadge]:
    """An issued badge for each way in which one can stand; none of them is kept."""
    now = timezone.now()
    delivered: dict[str, Any] = {"delivery": "delivered"}
    return [
        IssuedBadge(status="pending", delivery="pending"),
        IssuedBadge(status="pending", **delivered),
        IssuedBadge(status="accepted", **delivered),
        IssuedBadge(status="rejected", **delivered),
        IssuedBadge(status="pending", delivery="failed"),
        IssuedBadge(status="accepted", expires_at=now - timedelta(days=1), **delivered),
        IssuedBadge(status="revoked", revoked_at=now, **delivered),
    ]


def sample_messages() -> list[Message]:
    """One of each kind."""
    return [
        Message(25, _("Your password is set. Sign in with it.")),
        Message(30, _("Warning: Not all badges were successfully issued. See the Failed Badge list for details.")),
        Message(40, _("This form was already sent. Press the button again to send it as it is now.")),
        Message(20, _("This badge is being prepared.")),
    ]


def sample_badges() -> list[Badge]:
    """Six without a picture: each has a seal of its own colour."""
    names = ("Network Defender", "Incident Commander", "Cloud Builder", "First Steps", "Mentor", "Lab Rat")
    return [Badge(pk=number, name=name) for number, name in enumerate(names)]


@require_safe
@csp_override(LETTER_CSP)
def design_letter(request: HttpRequest) -> HttpResponse:
    """The letter that tells a student of a badge, as mail programs show it."""
    user = signed_in(request)
    badge = SimpleNamespace(
        name="Network Defender",
        issuer=user.organization,
        page="#",
        preview=SimpleNamespace(address=static("img/seal.png")),
        provenance="",
        description="",
    )
    context = {
        "badge": badge,
        "student": user,
        "organization": user.organization,
        "brand": shown_to(user),
        "issued_on": day_in(timezone.now(), timezone.get_current_timezone_name()),
        "is_shown_here": True,
        "site_name": settings.SITE_NAME,
    }
    return render(request, "badges/letters/badge.html", context)
