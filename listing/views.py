"""Saving, opening, changing, sharing, copying and deleting views of lists (S125)."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from listing import saving
from listing.addresses import NoListError, list_address
from listing.forms import SavedViewForm, SaveViewForm, StateForm
from listing.models import SavedView
from listing.naming_fields import suggestions
from organizations.access import manages
from organizations.requests import Request

# Where a view's page leads back to.
BACK = "next"


@require_POST
def save(request: Request) -> HttpResponse:
    """Save the state of a list under a name; the name that stands for another state already is asked about first."""
    form = SaveViewForm(request.POST)
    is_taken = False
    if form.is_valid():
        try:
            view = saving.save_view(
                request.user,
                page_name=form.address.page_name,
                name=form.cleaned_data["name"],
                query=form.query,
                replaces="replace" in request.POST,
            )
        except saving.NameTakenError as error:
            is_taken = True
            form.add_error("name", str(error))
        except saving.TooMuchError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The view “%(view)s” was saved.") % {"view": view})
            return redirect(_opened(view, form))
    _refuse_nonsense(form)
    context = {"form": form, "is_taken": is_taken, "back": form.cleaned_data[BACK]}
    return render(request, "listing/save_view.html", context, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
def saved_view(request: Request, view_id: int) -> HttpResponse:
    """What one can do with a view: change it, or copy it where it is somebody else's."""
    view = _view(request, view_id)
    may_change = _may_change(request, view)
    if request.method == "POST" and not may_change:
        raise PermissionDenied
    form = SavedViewForm(request.POST or None, instance=view, by=request.user) if may_change else None
    if form is not None and (suggested := suggestions(request, form)):
        return suggested
    back = _back(request)
    if form is not None and form.is_valid():
        before = SavedView.objects.get(pk=view.pk)
        try:
            saving.change_view(
                before,
                by=request.user,
                name=form.cleaned_data["name"],
                organization=form.cleaned_data.get("organization"),
                is_default=form.cleaned_data.get("is_default", False),
            )
        except saving.NameTakenError as error:
            form.add_error("name", str(error))
        except saving.TooMuchError as error:
            form.add_error("organization", str(error))
        else:
            messages.success(request, _("The view “%(view)s” was saved.") % {"view": before})
            return redirect(back or "home")
    kept = SavedView.objects.told_to(request.user).get(pk=view.pk)  # the form has written into the other
    context = {
        "view": kept,
        "form": form,
        "back": back,
        "is_own": kept.owner == request.user,
        "is_shared_beyond": kept.organization is not None and not manages(request.user, kept.organization.pk),
    }
    return render(request, "listing/saved_view.html", context, status=422 if form and form.errors else 200)


@require_POST
def replace(request: Request, view_id: int) -> HttpResponse:
    """Let the view stand for what the list shows now."""
    view = _to_change(request, view_id)
    form = StateForm(request.POST)
    _refuse_nonsense(form)
    if form.address.page_name != view.page_name:
        raise BadRequest
    try:
        saving.replace_state(view, form.query, by=request.user)
    except saving.TooMuchError as error:
        messages.warning(request, str(error))
        return redirect(form.cleaned_data[BACK])
    messages.success(request, _("The view “%(view)s” was saved.") % {"view": view})
    return redirect(_opened(view, form))


@require_POST
def copy(request: Request, view_id: int) -> HttpResponse:
    """Keep somebody's view as one's own."""
    view = _view(request, view_id)
    back = _back(request)
    try:
        own = saving.copy_view(view, request.user)
    except saving.TooMuchError as error:
        messages.warning(request, str(error))
        return redirect(back or "home")
    messages.success(request, _("The view “%(view)s” is yours now.") % {"view": own})
    if not back:
        return redirect("home")
    return redirect(list_address(back).with_query(own.opening))


@require_POST
def delete(request: Request, view_id: int) -> HttpResponse:
    """Delete the view; the list without it is where one goes on."""
    view = _to_change(request, view_id)
    view.delete()
    messages.success(request, _("The view “%(view)s” was deleted.") % {"view": view.name})
    back = _back(request)
    return redirect(list_address(back).with_query("") if back else "home")


def _view(request: Request, view_id: int) -> SavedView:
    rows = SavedView.objects.visible_to(request.user).select_related("owner", "organization")
    return get_object_or_404(rows, pk=view_id)


def _may_change(request: Request, view: SavedView) -> bool:
    return SavedView.objects.changeable_by(request.user).filter(pk=view.pk).exists()


def _to_change(request: Request, view_id: int) -> SavedView:
    view = _view(request, view_id)
    if not _may_change(request, view):
        raise PermissionDenied
    return view


def _refuse_nonsense(form: StateForm) -> None:
    """An address of no list comes from no page of ours."""
    if not form.is_valid() and BACK in form.errors:
        raise BadRequest


def _opened(view: SavedView, form: StateForm) -> str:
    return form.address.with_query(view.opening)


def _back(request: Request) -> str:
    """The address of the list that led here; nothing where there is none."""
    wanted: Any = request.POST.get(BACK) or request.GET.get(BACK, "")
    try:
        list_address(wanted)
    except NoListError:
        return ""
    return str(wanted)
