"""Credly, asked over its API: knows its paths, what goes into a body, and which answer makes which outcome.

The facts come from Credly's public documentation and from clients in production; how answers are read, guesses included,
is in `badges.providers.credly_answers`.
"""

import time
import uuid
from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.debug import sensitive_variables

from badges.models import BadgeProvider
from badges.providers import credly_answers as answers
from badges.providers.base import (
    AlreadyHeld,
    Capabilities,
    Fault,
    FoundBadges,
    Hint,
    Issued,
    IssueOutcome,
    IssueRequest,
    Lasts,
    Missing,
    Page,
    RateLimited,
    Recipient,
    RecipientRefused,
    Refused,
    RemoteBadge,
    RemoteEvent,
    RemoteState,
    RemoteTemplate,
    Revoked,
    RevokeOutcome,
    Scope,
    TemplateUnusable,
    Unauthorized,
    Uncertain,
    Verified,
)
from badges.providers.http import Answer, Client
from badges.secrets import decrypt

_MOMENT = "%Y-%m-%d %H:%M:%S %z"
# Credly tells no limit; the title of an evidence is not worth a refusal.
LONGEST_NAME = 255
_WARN_DAYS = 30
# A list must end, whatever its metadata say: a million rows at 50 a page.
_LAST_PAGE = 20_000
# One person's badges of one template fill no more than a page, unless Credly ignored the filter. A look-up must end
# before the claim of the worker that waits for it does.
_LOOK_UP_PAGES = 20
_LOOK_UP_SECONDS = 60.0
_MAY_NOT = {
    Scope.TEMPLATES: gettext_lazy("Credly does not let this token read badge templates."),
    Scope.EVENTS: gettext_lazy("Credly does not let this token read events."),
    Scope.ISSUED_BADGES: gettext_lazy("Credly does not let this token look up issued badges."),
}


class Credly:
    """One organization's account at Credly. Implements badges.providers.base.Provider."""

    capabilities = Capabilities(
        has_templates=True,
        has_webhooks=True,
        can_be_polled=True,
        revokes=True,
        writes_letters=True,
        refuses_duplicates=True,
        needs_names=True,
    )

    def __init__(
        self, provider: BadgeProvider, *, before_request: Callable[[], None], patience: float | None = None
    ) -> None:
        """Raises badges.secrets.UnreadableSecretError; the token itself is read again for each request, and not kept."""
        decrypt(provider.encrypted_token)
        self._provider = provider
        self._look_up_seconds = patience or _LOOK_UP_SECONDS
        self._client = Client(
            before_request=before_request,
            authorization=self._authorization,
            patience=patience,
            counted_as=str(provider.pk),
        )

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()

    # --- the account and its templates

    def verify(self) -> Verified | Missing | Refused | Fault:
        """Whether the organization is there for the token. Warns where Credly lets the token see its own terms."""
        answer = self._ask("GET")
        if not isinstance(answer, Answer):
            return answer
        if answer.status == 404:
            return Missing(answers.no_such_organization(self._provider.provider_organization_id))
        if answer.status != 200 or not answers.data(answer):
            return _refused(answer) or _unread(answer)
        name = answers.text(answers.data(answer).get("name"), 255)
        token = self._ask("GET", "authorization_tokens")
        # A token that may not read this list works all the same.
        terms = answers.token_row(answers.rows(token) or []) if isinstance(token, Answer) else {}
        ends_at = answers.moment(terms.get("expires_at"))
        return Verified(name, ends_at, _warnings(terms, ends_at, at=timezone.now()))

    def list_templates(self, page: int) -> Page[RemoteTemplate] | Refused | Fault:
        """The organization's templates, by name."""
        return self._page(Scope.TEMPLATES, "badge_templates", page, {"sort": "name"}, answers.remote_template)

    def get_template(self, template_ref: str) -> RemoteTemplate | Missing | Refused | Fault:
        """One template."""
        return self._one(Scope.TEMPLATES, "badge_templates", template_ref, answers.remote_template)

    # --- issued badges

    def issue(self, request: IssueRequest) -> IssueOutcome:
        """A 2xx with an id is an issued badge; what cannot be read may be one."""
        recipient = request.recipient
        if not (recipient.first_name.strip() and recipient.last_name.strip()):
            return RecipientRefused(_("Credly needs a first and a last name."))
        answer = self._ask("POST", "badges", body=_issue_body(request))
        if not isinstance(answer, Answer):
            return answer
        if 200 <= answer.status < 300 and (badge := answers.remote_badge(answers.data(answer))):
            return Issued(badge)
        if answer.status in {404, 410}:
            # Guessed: what is unknown is the template.
            return self._account_fault() or TemplateUnusable(_("Credly does not know this badge template."))
        return _refused_badge(answer) or _unread(answer)

    def find_issued(self, template_ref: str, recipient: Recipient) -> FoundBadges | Refused | Fault:
        """By our own reference, and by the address where that finds nothing that counts."""
        found: dict[str, RemoteBadge] = {}
        as_of: datetime | None = None
        ends_at = time.monotonic() + self._look_up_seconds
        for person in (f"issuer_earner_id::{recipient.earner_ref}", f"recipient_email::{recipient.email}"):
            listed = self._list_issued(_filter(person, template_ref), template_ref, recipient, ends_at)
            if not isinstance(listed, FoundBadges):
                return listed
            found |= {badge.external_id: badge for badge in listed.badges}
            as_of = listed.as_of or as_of
            if any(badge.state in {RemoteState.PENDING, RemoteState.ACCEPTED} for badge in listed.badges):
                break
        return FoundBadges(tuple(sorted(found.values(), key=answers.made_at, reverse=True)), as_of)

    def _list_issued(
        self, filters: str, template_ref: str, recipient: Recipient, ends_at: float
    ) -> FoundBadges | Refused | Fault:
        """All pages of a look-up, filtered again: Credly ignores filters that it does not know."""
        found: list[RemoteBadge] = []
        as_of: datetime | None = None
        page: int | None = 1
        while page is not None and page <= _LOOK_UP_PAGES and time.monotonic() < ends_at:
            query = {"filter": filters, "sort": "-created_at"}
            listed = self._page(Scope.ISSUED_BADGES, "badges", page, query, answers.remote_badge)
            if not isinstance(listed, Page):
                return listed
            found += [badge for badge in listed.rows if _is_for(badge, template_ref, recipient)]
            page, as_of = listed.next_page, listed.as_of
        if page is not None and not found:
            return Uncertain(_("Credly lists too many badges to find this one among them."))
        return FoundBadges(tuple(found), as_of)

    def revoke(self, external_id: str, reason: str, *, suppresses_letter: bool = False) -> RevokeOutcome:
        """Repeated, it ends as before: what is revoked stays so."""
        body = {"reason": reason, "suppress_revoke_notification_email": suppresses_letter}
        answer = self._ask("PUT", "badges", external_id, "revoke", body=body)
        if not isinstance(answer, Answer):
            return answer
        is_done = answer.status < 300 and (answer.status == 204 or answers.data(answer))
        if is_done or answers.says_revoked_before(answer):
            return Revoked()
        if answer.status in {404, 410}:
            return self._account_fault() or Missing(answers.message(answer))
        return _refused(answer) or _unread(answer)

    def changed(self, page: int) -> Page[RemoteBadge] | Refused | Fault:
        """All issued badges, last changed first."""
        return self._page(Scope.ISSUED_BADGES, "badges", page, {"sort": "-state_updated_at"}, answers.remote_badge)

    # --- webhooks

    @staticmethod
    def parse_hint(body: bytes) -> Hint | None:
        """Credly signs nothing: this is only which event to ask for."""
        return answers.hint(body)

    def get_event(self, event_id: uuid.UUID) -> RemoteEvent | Missing | Refused | Fault:
        """The event as our own token sees it."""
        return self._one(Scope.EVENTS, "events", str(event_id), answers.remote_event)

    # --- asking

    def _one[Row](
        self, scope: Scope, path: str, row_id: str, read: Callable[[answers.Object], Row | None]
    ) -> Row | Missing | Refused | Fault:
        answer = self._look(scope, path, row_id)
        if not isinstance(answer, Answer):
            return answer
        if answer.status in {404, 410}:
            return self._account_fault() or Missing(answers.message(answer))
        if answer.status == 200 and (row := read(answers.data(answer))) is not None:
            return row
        return _refused(answer) or _unread(answer)

    def _page[Row](
        self, scope: Scope, path: str, page: int, query: Mapping[str, str], read: Callable[[answers.Object], Row | None]
    ) -> Page[Row] | Refused | Fault:
        """One page of a list. Pages are counted, and the address of the next is never followed: it may lead elsewhere."""
        answer = self._look(scope, path, query={**query, "page": str(page)})
        if not isinstance(answer, Answer):
            return answer
        if answer.status in {404, 410}:
            return self._account_fault() or _refused(answer) or _unread(answer)
        rows = answers.rows(answer) if answer.status == 200 else None
        if rows is None:
            return _refused(answer) or _unread(answer)
        has_more = bool(rows) and page < min(answers.total_pages(answer), _LAST_PAGE)
        read_rows = (read(row) for row in rows)
        found = tuple(row for row in read_rows if row is not None)
        return Page(found, page + 1 if has_more else None, answers.clock(answer))

    def _account_fault(self) -> Fault | None:
        """What else than the thing asked for a 404 may mean: the organization is unknown to this token, or the URL wrong.

        None once the organization answers: only then is what could not be found really not there.
        """
        answer = self._ask("GET")
        if not isinstance(answer, Answer):
            return answer
        if answer.status in {404, 410}:
            return Unauthorized(answers.no_such_organization(self._provider.provider_organization_id))
        return None if answer.status == 200 and answers.data(answer) else _unread(answer)

    def _look(self, scope: Scope, *path: str, query: Mapping[str, str] | None = None) -> Answer | Refused | Fault:
        """A question that issuing can do without: a token that may not ask it is not dead, and so is no fault."""
        answer = self._send("GET", *path, query=query)
        if not isinstance(answer, Answer):
            return answer
        if answer.status == 403:
            return Refused(str(_MAY_NOT[scope]), lacks=scope)
        return _fault(answer) or answer

    def _ask(self, method: str, *path: str, body: object = None) -> Answer | Fault:
        """One request below the organization. What concerns no single badge is sorted out here."""
        answer = self._send(method, *path, body=body)
        return answer if not isinstance(answer, Answer) else _fault(answer) or answer

    def _send(
        self, method: str, *path: str, query: Mapping[str, str] | None = None, body: object = None
    ) -> Answer | Fault:
        if not self._provider.encrypted_token:
            return Unauthorized(_("There is no token for Credly."))
        segments = ("organizations", self._provider.provider_organization_id, *path)
        base = self._provider.api_url.rstrip("/")
        url = "/".join([base, *(quote(segment, safe="") for segment in segments)])
        return self._client.ask(method, url, query=query, body=body)

    @sensitive_variables()
    def _authorization(self) -> str:
        """The token is the user's name, its password is empty."""
        token = decrypt(self._provider.encrypted_token)
        return "Basic " + b64encode(f"{token}:".encode()).decode()


def _fault(answer: Answer) -> Fault | None:
    """A fault that the status tells by itself."""
    if answer.status == 401:
        return Unauthorized(_("Credly does not accept the token: it is wrong, or it has ended."))
    if answer.status == 403:
        return Unauthorized(_("Credly does not let this token do that."))
    if answer.status == 429:
        return RateLimited(_("Credly was asked too often."), answers.retry_after(answer, at=timezone.now()))
    if not 200 <= answer.status < 500 or 300 <= answer.status < 400:
        return _unread(answer)
    return None


def _unread(answer: Answer) -> Uncertain:
    """Nobody can tell what was done: the answer is not Credly's, or not whole."""
    return Uncertain(_("Credly's answer (%(status)s) could not be read.") % {"status": answer.status})


def _refused(answer: Answer) -> Refused | None:
    words = answers.message(answer)
    return Refused(words) if answer.status >= 400 and words else None


def _refused_badge(answer: Answer) -> AlreadyHeld | TemplateUnusable | RecipientRefused | None:
    return answers.refusal_to_issue(answer) if answer.status >= 400 else None


def _is_for(badge: RemoteBadge, template_ref: str, recipient: Recipient) -> bool:
    is_theirs = badge.earner_ref == recipient.earner_ref or (
        badge.recipient_email.casefold() == recipient.email.casefold()
    )
    return badge.template_ref == template_ref and is_theirs


def _filter(person: str, template_ref: str) -> str:
    """In Credly's grammar, which cannot hold its own marks: then all of the template's badges are looked through."""
    by_template = f"badge_template_id::{template_ref}"
    value = person.partition("::")[2]
    return by_template if not value or any(mark in value for mark in ("|", "::", ",")) else f"{person}|{by_template}"


def _issue_body(request: IssueRequest) -> dict[str, Any]:
    recipient = request.recipient
    body: dict[str, Any] = {
        "recipient_email": recipient.email,
        "issued_to_first_name": recipient.first_name.strip(),
        "issued_to_last_name": recipient.last_name.strip(),
        "badge_template_id": request.template_ref,
        "issued_at": request.issued_at.strftime(_MOMENT),
        "issuer_earner_id": recipient.earner_ref,
    }
    if isinstance(request.expires, datetime):
        body["expires_at"] = request.expires.strftime(_MOMENT)
    elif request.expires is Lasts.FOR_EVER:
        body["expires_at"] = False
    if request.evidence:
        body["evidence"] = [_evidence(item) for item in request.evidence]
    if request.suppresses_letter:
        body["suppress_badge_notification_email"] = True
    return body


def _evidence(item: Mapping[str, str]) -> dict[str, str]:
    """Something to look at where there is an address, and otherwise something that is told."""
    name, description = item.get("name", ""), item.get("narrative", item.get("description", ""))
    if address := item.get("id"):
        return {"type": "UrlEvidence", "value": address, "name": name, "description": description}
    return {"type": "IdEvidence", "title": name[:LONGEST_NAME], "description": description}


def _warnings(terms: answers.Object, ends_at: datetime | None, *, at: datetime) -> tuple[str, ...]:
    warnings = []
    if terms.get("write_enabled") is False:
        warnings.append(_("This token may only read: no badge can be issued with it."))
    if ends_at is not None and (days := answers.days_left(ends_at, at=at)) < _WARN_DAYS:
        warnings.append(
            ngettext("This token ends in %(days)d day.", "This token ends in %(days)d days.", days) % {"days": days}
        )
    return tuple(warnings)
