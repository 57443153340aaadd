"""The holder's own decisions about the public page of a badge, and the sheet that shares it."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from badges.models import IssuedBadge, Step
from badges.pages.forms import NO, YES, ConsentForm, NameForm
from badges.pages.visits import note_share
from badges.public.consent import decide
from badges.public.noting import telling
from badges.public.publishing import PublicBadge, publish, published
from badges.public.sharing import ways_elsewhere
from organizations.requests import Request


@require_POST
def consent(request: Request, public_id: UUID) -> HttpResponse:
    """Sharing: show my name, let search engines find the page. For the holder alone, of a badge that is shown here."""
    issued = _own(request, public_id)
    form = ConsentForm(request.POST)
    if form.is_valid():
        is_settled = decide(issued, **form.cleaned_data)
        messages.success(request, _("Privacy settings saved."))
        if not is_settled:
            messages.warning(request, _not_settled())
    else:
        messages.error(request, _("Choose whether to show your name."))
    return redirect("badges:badge_page", public_id=public_id)


@require_http_methods(["GET", "HEAD", "POST"])
def share(request: Request, public_id: UUID) -> HttpResponse:
    """Asks first whether the name may be shown; the ways to share follow the answer. A dialog, or a page of its own."""
    issued = _own(request, public_id)
    form = NameForm(request.POST if request.method == "POST" else None)
    is_settled = True
    if form.is_valid():
        answer = form.cleaned_data["is_name_public"]
        is_settled = decide(issued, is_name_public=answer, is_listed=issued.is_listed)
        if not request.htmx:
            if not is_settled:
                messages.warning(request, _not_settled())
            return redirect("badges:share", public_id=public_id)
        issued = _own(request, public_id)
    badge = publish(issued, at=timezone.now())
    context = {
        "issued": issued,
        "badge": badge,
        "form": form,
        "answers": [YES, NO],
        "not_settled": "" if is_settled else _not_settled(),
    }
    return render(request, "badges/share.html#dialog" if request.htmx else "badges/share.html", context)


@require_safe
def share_at(request: Request, public_id: UUID, way: str) -> HttpResponse:
    """A way to share that is a page elsewhere: there, which is noted. Before the name is decided on, to the sheet."""
    issued = _own(request, public_id)
    badge = publish(issued, at=timezone.now())
    ways = ways_elsewhere(badge)
    if way not in ways:
        raise Http404
    if not _may_be_shared(issued, badge):
        return redirect("badges:share", public_id=public_id)
    note_share(request, issued)
    return redirect(ways[way])


@require_POST
def shared(request: Request, public_id: UUID) -> HttpResponse:
    """The student copied the address, or took it into an e-mail: the page tells so where scripts run."""
    issued = _own(request, public_id)
    if _may_be_shared(issued, publish(issued, at=timezone.now())):
        note_share(request, issued)
    return HttpResponse(status=204)


def _may_be_shared(issued: IssuedBadge, badge: PublicBadge) -> bool:
    return badge.is_valid and issued.is_name_decided


def _own(request: Request, public_id: UUID) -> IssuedBadge:
    """The badge: 404 out of sight and where another issuer shows it, 403 for everybody but its holder."""
    visible = IssuedBadge.objects.visible_to(request.user).values("pk")
    rows = telling(published(), Step.SHARED)
    issued = get_object_or_404(rows.filter(pk__in=visible), public_id=public_id)
    if issued.student_id != request.user.pk:
        raise PermissionDenied
    if not issued.provider.is_built_in:
        raise Http404
    return issued


def _not_settled() -> str:
    return _("Downloads are unavailable until we can sign them without your name.")
