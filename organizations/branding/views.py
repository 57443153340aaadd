"""The Brand page of an organization, with a preview, and the sheet of a colour, for everybody."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import condition, require_http_methods, require_safe

from organizations.access import managed_organizations, manages
from organizations.branding.forms import BrandForm
from organizations.brands import ShownBrand, brand_of, digest_of, styles_of
from organizations.colours import LEAST, legibility
from organizations.models import Brand, Organization
from organizations.requests import Request, require

CHANGE_ORGANIZATION = "organizations.change_organization"
YEAR, MINUTE = 365 * 24 * 60 * 60, 60
# Organizations right below one, to go on to; the administration finds the others.
MOST_BELOW = 25


@require_safe
def brands(request: Request) -> HttpResponse:
    """Brand, in the menu: of the reader's own organization, or of the first that he or she administers."""
    require(request, CHANGE_ORGANIZATION)
    managed = managed_organizations(request.user)
    first = managed.filter(pk=request.user.organization_id).first() or managed.order_by("name", "pk").first()
    if first is None:
        raise Http404
    return brand(request, first.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def brand(request: Request, organization_id: int) -> HttpResponse:
    """Edit, preview or remove the organization's own brand. The page itself shows the brand that it is about."""
    organization = get_object_or_404(Organization.objects.visible_to(request.user), pk=organization_id)
    require(request, CHANGE_ORGANIZATION)
    if not manages(request.user, organization_id):
        raise PermissionDenied
    own = Brand.objects.filter(pk=organization_id).first()
    if request.method == "POST" and "remove" in request.POST:
        return _removed(request, organization)
    form = BrandForm(request.POST or None, request.FILES or None, instance=own or Brand(organization=organization))
    if form.is_valid() and "preview" not in request.POST:
        form.save()
        messages.success(request, _("The brand of %(organization)s was saved.") % {"organization": organization})
        return redirect("brand", organization_id=organization_id)
    shown = brand_of(organization)
    if form.is_bound and form.is_valid():
        shown = _previewed(form, organization, own)
    context = {"form": form, "own": own, "brand": shown, **_around(request, organization, shown)}
    return render(request, "organizations/brand.html", context, status=422 if form.errors else 200)


def _removed(request: Request, organization: Organization) -> HttpResponse:
    Brand.objects.filter(pk=organization.pk).delete()
    messages.success(request, _("%(organization)s no longer has a brand of its own.") % {"organization": organization})
    return redirect("brand", organization_id=organization.pk)


def _previewed(form: BrandForm, organization: Organization, own: Brand | None) -> ShownBrand:
    """What would be saved, with the logo that is stored: a browser sends a picture anew each time."""
    typed: Brand = form.instance
    logo = "" if own is None else str(Brand.objects.values_list("logo", flat=True).get(pk=own.pk))
    return ShownBrand(organization.pk, typed.name or organization.name, logo, typed.colour)


def _around(request: Request, organization: Organization, shown: ShownBrand | None) -> dict[str, Any]:
    """The organizations of the reader above and below, and the one whose brand is shown where that is another."""
    managed = managed_organizations(request.user)
    above = None
    if shown is not None and shown.organization_id != organization.pk:
        above = Organization.objects.get(pk=shown.organization_id)
    return {
        "organization": organization,
        "inherited_from": above,
        "parent": managed.filter(children=organization).first(),
        "below": managed.filter(parent=organization).order_by("name", "pk")[:MOST_BELOW],
    }


def _tag_of(_request: HttpRequest, colour: str, **_digest: str) -> str:
    return f'"{digest_of(f"#{colour}")}"'


@login_not_required
@require_safe
@condition(etag_func=_tag_of)
def brand_styles(_request: HttpRequest, colour: str, digest: str) -> HttpResponse:
    """The sheet of a colour that can be a brand's; 404 for any other. It asks the database nothing.

    Kept for good under the digest of what it says; under that of another release for a minute.
    """
    if legibility(f"#{colour}") < LEAST:
        raise Http404
    response = HttpResponse(styles_of(f"#{colour}"), content_type="text/css; charset=utf-8")
    if digest == digest_of(f"#{colour}"):
        patch_cache_control(response, public=True, max_age=YEAR, immutable=True)
    else:
        patch_cache_control(response, public=True, max_age=MINUTE)
    return response
