"""What the world sees of an issued badge, without signing in: its page, its check, its frame for other sites, oEmbed."""

from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone, translation
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.csp import CSP
from django.views.decorators.cache import cache_control
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_safe

from badges.models import BadgeProvider, IssuedBadge, IssuedBadgeQuerySet, Step
from badges.pages.forms import ConsentForm
from badges.pages.views import documents
from badges.pages.visits import ARRIVAL, is_counted, is_program, note_look
from badges.public import sharing
from badges.public.checking import checks_of
from badges.public.issuers import public_issuer
from badges.public.letter_links import arrival, has_arrived, is_of_letter
from badges.public.noting import note, telling
from badges.public.publishing import address_to_accept, publish, published
from operation.client_addresses import client_address
from operation.limiting import is_too_often, limited
from operation.web_addresses import web_address

EMBED_POLICY: dict[str, list[str]] = {
    "default-src": [CSP.NONE],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF],
    "frame-ancestors": ["*"],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.NONE],
}


@login_not_required
@require_safe
@limited
def badge_page(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The badge for everybody who was given its address (N12); its holder also decides here what is shown."""
    issued = _read(_looked_at(), public_id)
    is_holder = issued.student_id == request.user.pk
    if not issued.provider.is_built_in:
        return _elsewhere(request, issued, is_holder=is_holder)
    note_look(request, issued)
    badge = publish(issued, at=timezone.now())
    context = {
        "badge": badge,
        "brand": badge.brand,
        "issued": issued,
        "arrival": _arrival_of(request, public_id),
        "share_links": sharing.share_links(badge),
        "signature_html": sharing.signature_html(badge),
        "signature_text": sharing.signature_text(badge),
        "embed_html": sharing.embed_html(badge),
        "oembed": sharing.oembed_address(badge),
        "consent": ConsentForm.of(issued) if is_holder else None,
        # Of its holder: everybody else shares what the holder has shared.
        "asks_first": is_holder and not issued.is_name_decided,
    }
    return _asked_for_each_time(render(request, "badges/public/page.html", context), is_listed=badge.is_listed)


@login_not_required
@require_safe
@limited
def letter(request: HttpRequest, public_id: UUID, token: str) -> HttpResponse:
    """Where the letter leads: on to the badge's page, whatever the token. That the letter was opened is noted."""
    issued = get_object_or_404(telling(IssuedBadge.objects.beyond_undo(), Step.OPENED), public_id=public_id)
    page = reverse("badges:badge_page", args=[public_id])
    if not is_of_letter(public_id, token):
        return redirect(page)
    if not issued.is_opened and is_counted(request) and not is_program(request):
        note(issued.pk, Step.OPENED)
    return redirect(f"{page}?{urlencode({ARRIVAL: arrival(public_id)})}")


@login_not_required
@require_safe
@limited
def verify(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The check of signature, status and dates, made now: lines for the page's button, or a page of its own."""
    issued = _read(_looked_at().filter(provider__kind=BadgeProvider.Kind.BUILT_IN), public_id)
    at = timezone.now()
    badge = publish(issued, at=at)
    context: dict[str, Any] = {"badge": badge, "brand": badge.brand, "at": at}
    if is_too_often("verify", client_address(request), most=settings.VERIFICATIONS_PER_MINUTE, at=at):
        response = render(request, "badges/public/verify.html", context | {"is_too_often": True}, status=429)
        response["Retry-After"] = "60"
        return _asked_for_each_time(response, is_listed=False)
    note_look(request, issued)
    context["checks"] = checks_of(issued, at=at)
    part = "#checks" if request.headers.get("HX-Request") == "true" else ""
    response = render(request, f"badges/public/verify.html{part}", context)
    patch_vary_headers(response, ["HX-Request"])
    return _asked_for_each_time(response, is_listed=False)


@login_not_required
@require_safe
@limited
@cache_control(public=True, max_age=sharing.KEPT_FOR)
@xframe_options_exempt
@csp_override(EMBED_POLICY)
def embed(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A small frame that any site may show: the one page that may be framed, and so one where nothing can be done."""
    issued = _read(_built_in(), public_id)
    badge = publish(issued, at=timezone.now())
    response = render(request, "badges/public/embed.html", {"badge": badge, "brand": badge.brand})
    response["X-Robots-Tag"] = "noindex"
    return response


@login_not_required
@require_safe
@limited
@cache_control(public=True, max_age=sharing.KEPT_FOR)
def oembed(request: HttpRequest) -> HttpResponse:
    """How to show a badge whose page somebody has pasted elsewhere (oEmbed 1.0): 404 unknown, 501 not as JSON."""
    if request.GET.get("format", "json") != "json":
        return HttpResponse("Only format=json is known here.", content_type="text/plain", status=501)
    try:
        limits = {f"max_{side}": _limit(request.GET.get(f"max{side}", "")) for side in ("width", "height")}
    except ValueError:
        return HttpResponse("maxwidth and maxheight are numbers of pixels.", content_type="text/plain", status=400)
    issued = _read(_built_in(), _badge_at(request.GET.get("url", "")))
    response = JsonResponse(sharing.oembed(publish(issued, at=timezone.now()), **limits))
    response["Access-Control-Allow-Origin"] = "*"
    return response


@login_not_required
@require_safe
def issuer(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The issuer, at its one address: a page for a browser that somebody opens it in, its profile for everybody else."""
    response = (
        _issuer_page(request, public_id) if _is_read_by_a_person(request) else documents.issuer(request, public_id)
    )
    patch_vary_headers(response, ["Accept"])
    return response


@limited
def _issuer_page(request: HttpRequest, public_id: UUID) -> HttpResponse:
    issuer = public_issuer(public_id)
    page = render(request, "badges/public/issuer.html", {"issuer": issuer, "brand": issuer.brand})
    return _asked_for_each_time(page, is_listed=False)


def _is_read_by_a_person(request: HttpRequest) -> bool:
    """Whether it would rather have a page than a document. Browsers alone ask for XHTML; Java, left alone, for text/html."""
    page = "application/xhtml+xml"
    return request.get_preferred_type([documents.JSON_LD, "application/json", page]) == page


def _read(rows: QuerySet[IssuedBadge], public_id: UUID) -> IssuedBadge:
    """The badge, or 404. Its page speaks the language that its holder has chosen, whoever reads it."""
    issued = get_object_or_404(rows, public_id=public_id)
    if issued.student.language:
        translation.activate(issued.student.language)
    return issued


def _looked_at() -> IssuedBadgeQuerySet:
    return telling(published(), Step.VERIFIED)


def _arrival_of(request: HttpRequest, public_id: UUID) -> str:
    """The query that a reader who comes from the letter takes along to the verification."""
    words = request.GET.get(ARRIVAL, "")
    return f"?{urlencode({ARRIVAL: words})}" if has_arrived(public_id, words) else ""


def _built_in() -> QuerySet[IssuedBadge]:
    return published().filter(provider__kind=BadgeProvider.Kind.BUILT_IN)


def _elsewhere(request: HttpRequest, issued: IssuedBadge, *, is_holder: bool) -> HttpResponse:
    """A badge that another issuer shows: where it stands. The address to accept it at is its holder's alone."""
    public_url = web_address(issued.public_url)
    accept_url = address_to_accept(issued) if is_holder else ""
    if not (is_holder or public_url):
        raise Http404
    badge = publish(issued, at=timezone.now())
    context = {
        "badge": badge,
        "brand": badge.brand,
        "issued": issued,
        "is_holder": is_holder,
        "address": accept_url or public_url,
        "host": urlsplit(accept_url or public_url).hostname,
        "is_to_accept": bool(accept_url),
    }
    return _asked_for_each_time(render(request, "badges/public/elsewhere.html", context), is_listed=False)


def _asked_for_each_time(response: HttpResponse, *, is_listed: bool) -> HttpResponse:
    """A badge may be revoked, and a consent withdrawn, at any moment: nobody may show an old page without asking."""
    patch_cache_control(response, no_cache=True, private=True)
    if not is_listed:
        response["X-Robots-Tag"] = "noindex"
    return response


def _badge_at(address: str) -> UUID:
    """Which badge's page an address of ours is. Raises Http404."""
    if not address.startswith(f"{settings.PUBLIC_URL}/"):
        raise Http404
    try:
        match = resolve(urlsplit(address.removeprefix(settings.PUBLIC_URL)).path)
    except (Resolver404, ValueError):
        raise Http404 from None
    if match.view_name != "badges:badge_page":
        raise Http404
    public_id: UUID = match.kwargs["public_id"]
    return public_id


def _limit(text: str) -> int | None:
    """A number of pixels, None for no limit. Raises ValueError."""
    if not text:
        return None
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number
