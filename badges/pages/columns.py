"""The columns of the lists of badges, of issuances and of issued badges."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from badges.issuing.grounds import Grounds, grounds_of
from badges.models import Badge, IssuanceBatch, IssuedBadge
from badges.public.links import details_address, public_address
from listing.columns import organization_column
from listing.lists import Column
from operation.searching import SearchPath
from operation.web_addresses import web_address
from organizations.models import User
from organizations.scope import searched_within_scope

# A page counts the holders of each of its badges, and stops there; the export counts them all.
MOST_HOLDERS = 100


def _version(row: IssuedBadge) -> object:
    return row.evidence.get("version")


def _look_up_grounds(rows: Sequence[IssuedBadge]) -> None:
    grounds = grounds_of(rows)
    for row in rows:
        row.grounds = grounds[row.pk]  # type: ignore[attr-defined]


def _records(row: IssuedBadge) -> str:
    grounds: Grounds = row.grounds  # type: ignore[attr-defined]
    return grounds.words


BADGES: list[Column[Badge]] = [
    Column(name="name", label=_("Name"), template="badges/list.html#name", order_by=("name",)),
    organization_column(hidden_if_same=True),
    Column(
        name="provider",
        label=_("Badge Provider"),
        value="provider.name",
        order_by=("provider__name",),
        hidden_if_same=True,
        css_class="wide-only",
    ),
    Column(
        name="manual",
        label=_("Manual Issuance"),
        value="manual_issuance",
        template="badges/list.html#manual",
        css_class="wide-only",
        order_by=("manual_issuance", "name"),
    ),
    Column(name="issued", label=_("Issued"), value="issued_count", template="tms/_number_up_to.html", css_class="num"),
    Column(name="template", label=_("Template Id"), value="provider_template_id", hidden=True),
    Column(name="created_at", label=_("Created"), order_by=("created_at",), hidden=True),
    Column(name="modified_at", label=_("Last Modified"), order_by=("modified_at",), hidden=True),
    Column(name="actions", label="", template="badges/list.html#actions", exported=False, css_class="actions"),
]

ISSUED: list[Column[IssuedBadge]] = [
    Column(
        name="badge",
        label=_("Badge"),
        value="badge.name",
        template="badges/issued.html#badge",
        order_by=("badge__name",),
    ),
    Column(
        name="student",
        label=_("Student"),
        value="student.display_name",
        template="badges/issued.html#student",
        order_by=("student__last_name", "student__first_name", "student__username"),
    ),
    Column(
        name="issued_at",
        label=_("Issued"),
        template="badges/issued.html#moment",
        order_by=("issued_at",),
        css_class="when",
    ),
    Column(
        name="status",
        label=_("Issued Status"),
        value="status_words",
        template="badges/issued.html#status",
        css_class="state",
        order_by=("status", "delivery"),
    ),
    Column(
        name="from",
        label=_("Source"),
        value="source_words",
        template="badges/issued.html#from",
        order_by=("via", "source_words"),
        css_class="wide-only",
    ),
    Column(
        name="issued_by",
        label=_("Issued by"),
        value=lambda row: row.issued_by if row.tells_issuer else None,  # type: ignore[attr-defined]
        template="badges/issued.html#words",
        order_by=("issuer",),
        empty_last=True,
        hidden=True,
    ),
    organization_column(of="badge", hidden=True),
    Column(
        name="provider",
        label=_("Badge Provider"),
        value="provider.name",
        template="badges/issued.html#words",
        order_by=("provider__name",),
        hidden=True,
    ),
    Column(name="via", label=_("Issued through"), value="get_via_display", order_by=("via",), hidden=True),
    Column(name="version", label=_("Version of the conditions"), value=_version, css_class="num", hidden=True),
    Column(
        name="records",
        label=_("Records"),
        value=_records,
        prepare=_look_up_grounds,
        template="badges/issued.html#words",
        hidden=True,
    ),
    Column(
        name="evidence",
        label=_("Award details"),
        value=details_address,
        template="badges/issued.html#details",
        hidden=True,
    ),
    Column(name="note", label=_("Note"), css_class="reason", hidden=True),
    Column(
        name="link",
        label=_("Link"),
        value=lambda row: web_address(row.link),
        template="badges/issued.html#said_link",
        hidden=True,
    ),
    Column(name="failure", label=_("Failure"), value="failure_message", css_class="reason", hidden=True),
    Column(name="attempts", label=_("Attempts"), order_by=("attempts",), css_class="num", hidden=True),
    Column(
        name="next_attempt_at", label=_("Next attempt"), order_by=("next_attempt_at",), empty_last=True, hidden=True
    ),
    Column(
        name="sent_to",
        label=_("Sent to"),
        order_by=("sent_to",),
        css_class="address",
        hidden=True,
    ),
    Column(
        name="student_organization",
        label=_("Student's organization"),
        value="student.organization.name",
        order_by=("student__organization__name",),
        hidden=True,
    ),
    Column(name="delivered_at", label=_("Delivered"), order_by=("delivered_at",), empty_last=True, hidden=True),
    Column(name="expires_at", label=_("Expires"), order_by=("expires_at",), empty_last=True, hidden=True),
    Column(
        name="external_id",
        label=_("Id at the provider"),
        template="badges/issued.html#words",
        order_by=("external_id",),
        hidden=True,
    ),
    Column(
        name="address", label=_("Public page"), value=public_address, template="badges/issued.html#link", hidden=True
    ),
    Column(name="revoked_at", label=_("Revoked"), order_by=("revoked_at",), empty_last=True, hidden=True),
    Column(
        name="revoked_by",
        label=_("Revoked by"),
        value=lambda row: row.revoked_by if row.tells_revoker else None,  # type: ignore[attr-defined]
        template="badges/issued.html#words",
        order_by=("revoker",),
        empty_last=True,
        hidden=True,
    ),
    Column(
        name="revocation_reason",
        label=_("Reason of the revocation"),
        css_class="reason",
        hidden=True,
    ),
    Column(
        name="batch",
        label=_("Issuance"),
        value="batch_id",
        template="badges/issued.html#batch",
        order_by=("batch_id",),
        empty_last=True,
        hidden=True,
    ),
    Column(name="actions", label="", template="badges/issued.html#actions", exported=False, css_class="actions"),
]

ISSUANCES: list[Column[IssuanceBatch]] = [
    Column(name="number", label=_("Issuance"), value="pk", template="badges/issuances.html#number", order_by=("pk",)),
    Column(name="created_at", label=_("Issued"), order_by=("created_at",), css_class="when"),
    Column(name="via", label=_("Issued through"), value="get_via_display", order_by=("via",), hidden_if_same=True),
    Column(
        name="from",
        label=_("Source"),
        value="source_words",
        template="badges/issuances.html#from",
        order_by=("source_words",),
    ),
    Column(
        name="issued_by",
        label=_("Issued by"),
        value="issued_by",
        template="badges/issuances.html#words",
        order_by=("issued_by__last_name", "issued_by__first_name"),
        empty_last=True,
    ),
    Column(name="asked", label=_("Asked for"), css_class="num"),
    Column(name="failed", label=_("Failed"), css_class="num"),
    Column(name="undone", label=_("Undone"), css_class="num", hidden=True),
    Column(name="left_out", label=_("Left out"), css_class="num", hidden=True),
]


def issued_search(user: User) -> list[SearchPath]:
    """Where the words of a search for issued badges may be."""
    return [
        "badge__name",
        ("student__first_name", "student__last_name"),
        searched_within_scope(user, "student", "recipient_email"),
        "source_words",
    ]
