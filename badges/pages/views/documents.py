"""The documents that machines read: credentials, issuers, keys, status lists; for everybody and from every site."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Concatenate
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_safe

from badges.models import Badge, BadgeProvider, Credential, IssuedBadge, IssuerKey, StatusList, Step
from badges.openbadges import issuers, keys, pictures, status_lists, vc_jwt
from badges.openbadges.credentials import up_to_date
from badges.openbadges.proofs import Document
from badges.pages.visits import note_fetch, note_share
from badges.public.noting import telling
from badges.secrets import UnreadableSecretError
from operation.limiting import limited

CREDENTIAL = "application/vc+ld+json"
JSON_LD = "application/ld+json"
DID = "application/did+ld+json"
JWK = "application/jwk+json"
JWT = "text/plain; charset=utf-8"

# Seconds that others may keep what hardly ever changes.
HOUR = 3600

type View[**Arguments] = Callable[Concatenate[HttpRequest, Arguments], HttpResponse]


def _public_document[**Arguments](max_age: int) -> Callable[[View[Arguments]], View[Arguments]]:
    """Readable without signing in, by scripts of any site, kept for `max_age` seconds; 0: asked for anew each time.

    A document that has to be signed again, while the issuer's key cannot be read, answers 503 and says so.
    """

    def decorate(view: View[Arguments]) -> View[Arguments]:
        @login_not_required
        @require_safe
        @wraps(view)
        def answer(request: HttpRequest, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> HttpResponse:
            try:
                response = limited(view)(request, *args, **kwargs)
            except UnreadableSecretError:
                response = _cannot_be_signed()
            response["Access-Control-Allow-Origin"] = "*"
            if max_age and response.status_code == 200:
                patch_cache_control(response, public=True, max_age=max_age)
            else:
                patch_cache_control(response, no_cache=True)
            return response

        return answer

    return decorate


@_public_document(0)
def credential(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The credential with its proof. Of a revoked badge too: that it is revoked stands in the status list."""
    return HttpResponse(_signed(request, public_id, is_fetched=True).document, content_type=CREDENTIAL)


@_public_document(0)
def token(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The credential as VC-JWT."""
    return HttpResponse(_signed(request, public_id, is_fetched=True).token, content_type=JWT)


@_public_document(0)
def baked_png(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A PNG that carries the credential."""
    signed = _signed(request, public_id)
    return HttpResponse(pictures.baked_png(signed.issued_badge.badge, signed.document), content_type="image/png")


@_public_document(0)
@csp_override(settings.DRAWING_CSP)
def baked_svg(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """An SVG that carries the credential."""
    signed = _signed(request, public_id)
    return HttpResponse(pictures.baked_svg(signed.issued_badge.badge, signed.document), content_type="image/svg+xml")


@_public_document(HOUR)
def achievement(_request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A badge, as the credentials of all its holders name it. Known to the public once somebody was given it."""
    issued = Credential.objects.filter(issued_badge__badge__public_id=public_id)
    badge = get_object_or_404(Badge.objects.filter(public_id=public_id), pk__in=issued.values("issued_badge__badge"))
    return _json(issuers.achievement_document(badge), JSON_LD)


@_public_document(HOUR)
def issuer(_request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The issuer's profile."""
    return _json(issuers.profile_document(_issuer(public_id)), JSON_LD)


@_public_document(keys.KEPT_FOR)
def did(_request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The issuer's keys."""
    return _json(issuers.did_document(_issuer(public_id)), DID)


@_public_document(HOUR)
def key(_request: HttpRequest, public_id: UUID, key_id: int) -> HttpResponse:
    """One key that tokens are signed with."""
    kept = get_object_or_404(IssuerKey, provider__public_id=public_id, pk=key_id, kind=IssuerKey.Kind.RSA)
    return _json(vc_jwt.public_jwk(keys.public_rsa(kept)), JWK)


@_public_document(status_lists.KEPT_FOR)
def status_list(_request: HttpRequest, public_id: UUID, number: int) -> HttpResponse:
    """Which credentials are revoked."""
    lists = StatusList.objects.select_related("provider")
    listed = get_object_or_404(lists, provider__public_id=public_id, number=number)
    return _json(status_lists.published(listed), CREDENTIAL)


def _signed(request: HttpRequest, public_id: UUID, *, is_fetched: bool = False) -> Credential:
    """As it is handed out. Who is the student has it to share; anybody else `is_fetched` for verifies with it."""
    rows = telling(IssuedBadge.objects.select_related("badge", "student", "credential"), Step.SHARED, Step.VERIFIED)
    issued = get_object_or_404(rows.filter(credential__isnull=False), public_id=public_id)
    signed = up_to_date(issued.credential)
    note_share(request, issued)
    if is_fetched:
        note_fetch(request, issued)
    return signed


def _cannot_be_signed() -> HttpResponse:
    sentence = _("What this document says has changed, and it cannot be signed again just now. Ask again later.")
    headers = {"Retry-After": str(HOUR)}
    return HttpResponse(sentence, status=503, content_type="text/plain; charset=utf-8", headers=headers)


def _issuer(public_id: UUID) -> BadgeProvider:
    return get_object_or_404(BadgeProvider, public_id=public_id, kind=BadgeProvider.Kind.BUILT_IN)


def _json(document: Document, content_type: str) -> HttpResponse:
    return HttpResponse(json.dumps(document, ensure_ascii=False), content_type=content_type)
