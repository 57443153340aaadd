"""What a request for a badge's public page, or for its credential, says about the badge: opened, shared or verified.

A badge counts as verified once somebody else than its student looked at its page, at its verification or at its signed
credential. What cannot be told apart: a student who is not signed in, and did not come from the letter within the hour,
looks like anybody. Who only asks a status list, which says of many badges at once whether they are revoked, asks about
none, and no verifier that was given a file has to ask us anything else. Programs that make previews of links are told
apart by what they say of themselves, and that is not kept.
"""

import re

from django.http import HttpRequest

from badges.models import IssuedBadge, Step
from badges.public.letter_links import has_arrived
from badges.public.noting import note

ARRIVAL = "letter"
# How programs that fetch pages for previews and search engines call themselves; Cubot makes telephones.
_PROGRAM = re.compile(r"(?<!cu)bot\b|crawl|spider|preview|externalhit", re.IGNORECASE)


def is_counted(request: HttpRequest) -> bool:
    """Whether somebody asked for the page itself: not for its head alone, and not a browser that fetches it beforehand."""
    fetched = f"{request.headers.get('Sec-Purpose', '')} {request.headers.get('Purpose', '')}"
    return request.method == "GET" and "prefetch" not in fetched


def is_program(request: HttpRequest) -> bool:
    """Whether the request says that it comes from a program that nobody looks at badges with."""
    return _PROGRAM.search(request.headers.get("User-Agent", "")) is not None


def note_look(request: HttpRequest, issued: IssuedBadge) -> None:
    """A page of the badge is looked at: a row of `published`, that also says whether it `is_verified`."""
    if is_program(request) or has_arrived(issued.public_id, request.GET.get(ARRIVAL, "")):
        return
    if issued.is_signed:  # type: ignore[attr-defined]  # annotated
        note_fetch(request, issued)


def note_fetch(request: HttpRequest, issued: IssuedBadge) -> None:
    """Its credential is fetched, by a program or a person. The row says whether it `is_verified`."""
    if issued.is_verified or not is_counted(request):
        return
    if not _is_known(request, issued):
        note(issued.pk, Step.VERIFIED)


def note_share(request: HttpRequest, issued: IssuedBadge) -> None:
    """Its student takes one of the ways to share it; the row says whether it `is_shared`. Anybody else shares nothing."""
    is_holder = request.user.pk == issued.student_id
    if is_holder and not issued.is_shared and (request.method == "POST" or is_counted(request)):
        note(issued.pk, Step.SHARED)


def _is_known(request: HttpRequest, issued: IssuedBadge) -> bool:
    """Whether it is its student who asks, or one of its issuer's people."""
    user = request.user
    if not user.is_authenticated:
        return False
    is_of_them = user.pk in (issued.student_id, issued.issued_by_id)
    return is_of_them or IssuedBadge.objects.visible_to(user).filter(pk=issued.pk).exists()
