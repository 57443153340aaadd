"""The Undo page of an organization."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from organizations.access import managed_organizations, manages
from organizations.editing import change_organization
from organizations.models import Organization
from organizations.requests import Request, require
from organizations.undo.forms import UndoForm
from organizations.undo.words import said_of
from organizations.undo_times import inherited_by

CHANGE_ORGANIZATION = "organizations.change_organization"
# Organizations right below one, to go on to; the administration finds the others.
MOST_BELOW = 25


@require_http_methods(["GET", "HEAD", "POST"])
def undo_time(request: Request, organization_id: int) -> HttpResponse:
    """Say for how long what is issued by hand there can be undone, or leave that to the organizations above."""
    organization = get_object_or_404(Organization.objects.visible_to(request.user), pk=organization_id)
    require(request, CHANGE_ORGANIZATION)
    if not manages(request.user, organization_id):
        raise PermissionDenied
    inherited, own = inherited_by(organization), organization.undo_seconds
    form = UndoForm(request.POST or None, instance=organization, inherited=inherited)
    if form.is_valid():
        change_organization(organization, changed=form.changed_data)
        messages.success(request, _("Saved: this holds for what is issued from now on."))
        return redirect("undo_time", organization_id=organization_id)
    managed = managed_organizations(request.user)
    context = {
        "organization": organization,
        "form": form,
        "own": own,
        "inherited": said_of(inherited),
        "seconds": round(inherited.seconds) if own is None else own,
        "parent": managed.filter(children=organization).first(),
        "below": managed.filter(parent=organization).order_by("name", "pk")[:MOST_BELOW],
    }
    return render(request, "organizations/undo_time.html", context, status=422 if form.errors else 200)
