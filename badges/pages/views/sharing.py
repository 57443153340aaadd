"""The holder's own decisions about the public page of a badge."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from badges.models import IssuedBadge
from badges.pages.forms import ConsentForm
from badges.public.consent import decide
from organizations.requests import Request


@require_POST
def consent(request: Request, public_id: UUID) -> HttpResponse:
    """Sharing: show my name, let search engines find the page. For the holder alone, of a badge that is shown here."""
    issued = get_object_or_404(IssuedBadge.objects.visible_to(request.user), public_id=public_id)
    if issued.student_id != request.user.pk:
        raise PermissionDenied
    if not issued.provider.is_built_in:
        raise Http404
    form = ConsentForm(request.POST)
    if form.is_valid():
        is_settled = decide(issued, **form.cleaned_data)
        messages.success(request, _("Privacy settings saved."))
        if not is_settled:
            messages.warning(request, _("Downloads are unavailable until we can sign them without your name."))
    return redirect("badges:badge_page", public_id=public_id)
