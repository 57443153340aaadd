"""What a person does about a provider: test, pause, resume, read its templates, new address, new keys."""

from django.contrib import messages
from django.http.response import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from badges.accounts import health
from badges.accounts.importing_templates import AlreadyImportedError, import_template
from badges.accounts.standing import waiting_for
from badges.accounts.webhook_secrets import MeanwhileError, make_address, mark_of
from badges.catalogue.editing import NameTakenError
from badges.delivery import pacing, verdicts
from badges.models import BadgeProvider, BadgeTemplate
from badges.openbadges import keys
from badges.pages.provider_forms import PauseForm
from badges.pages.views.providers import ADD_BADGE, page_of, provider_to_change
from badges.providers.opening import capabilities_of
from operation.pressing import key_of, once
from operation.wake import apply_events_soon, deliver_soon
from organizations.requests import Request, page_before, require

# The most seconds that one answer may take while a person waits for the page.
PATIENCE = 8.0


@require_POST
def test(request: Request, provider_id: int) -> HttpResponse:
    """Test connection."""
    provider = provider_to_change(request, provider_id)
    return _answered(request, provider, health.check(provider, patience=PATIENCE))


@require_POST
def resume(request: Request, provider_id: int) -> HttpResponse:
    """Check, then let what waits go on its way; a provider that still fails stays paused, and the page says why."""
    provider = provider_to_change(request, provider_id)
    back = page_before(request, otherwise=reverse("badges:provider", args=[provider_id]))
    waiting = waiting_for(provider)
    found = health.resume(provider, patience=PATIENCE)
    if not found.is_good:
        messages.error(request, _("Still paused: %(reason)s") % {"reason": found.sentence})
        return redirect(back)
    words = ngettext(
        "%(provider)s was resumed. %(count)s badge leaves now.",
        "%(provider)s was resumed. %(count)s badges leave now.",
        waiting,
    )
    if not waiting:
        words = _("%(provider)s was resumed.")
    messages.success(request, words % {"provider": provider, "count": localize(waiting)})
    return redirect(back)


@require_POST
def ask_now(request: Request, provider_id: int) -> HttpResponse:
    """End the hold: what is due goes on its way, and the first calls tell whether the provider answers again."""
    provider = provider_to_change(request, provider_id)
    pacing.release(provider.pk)
    deliver_soon()
    apply_events_soon()
    messages.success(request, _("We ask %(provider)s again from now on.") % {"provider": provider})
    return redirect(page_before(request, otherwise=reverse("badges:provider", args=[provider_id])))


@require_POST
def pause(request: Request, provider_id: int) -> HttpResponse:
    """Ask the provider nothing more until somebody resumes it."""
    provider = provider_to_change(request, provider_id)
    form = PauseForm(request.POST)
    if not form.is_valid():
        context = page_of(request, provider) | {"pause_form": form}
        return render(request, "badges/providers/profile.html", context, status=422)
    reason = _("%(person)s: %(reason)s") % {"person": request.user, "reason": form.cleaned_data["reason"]}
    verdicts.pause(provider, reason)
    said = _("%(provider)s is paused. Badges issued now wait until you resume it.")
    messages.success(request, said % {"provider": provider})
    return redirect("badges:provider", provider_id=provider_id)


@require_POST
def refresh(request: Request, provider_id: int) -> HttpResponse:
    """Read the provider's templates anew."""
    provider = provider_to_change(request, provider_id)
    found = health.refresh_templates(provider, patience=PATIENCE)
    _say(request, found)
    return redirect("badges:provider_templates", provider_id=provider_id)


@require_POST
def import_(request: Request, provider_id: int, template_id: int) -> HttpResponse:
    """Make a badge of a template."""
    provider = provider_to_change(request, provider_id)
    templates = BadgeTemplate.objects.filter(provider=provider).select_related("provider__organization")
    template = get_object_or_404(templates, pk=template_id)
    require(request, ADD_BADGE)
    try:
        imported = import_template(template)
    except AlreadyImportedError as error:
        messages.info(request, _("%(badge)s was already created from this template.") % {"badge": error.badge})
        return redirect("badges:profile", badge_id=error.badge.pk)
    except NameTakenError:
        taken = _("%(organization)s has a badge named %(name)s already. Rename it, or give it this template's id.")
        messages.error(request, taken % {"organization": provider.organization, "name": template.name})
        return redirect("badges:provider_templates", provider_id=provider_id)
    messages.success(request, _("%(badge)s was created.") % {"badge": imported.badge})
    if imported.warning:
        messages.warning(request, imported.warning)
    return redirect("badges:profile", badge_id=imported.badge.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def webhook(request: Request, provider_id: int) -> HttpResponse:
    """Ask, then make a new address for the webhook and show it this once."""
    provider = provider_to_change(request, provider_id)
    address, status = "", 200
    if request.method == "POST" and capabilities_of(provider).has_webhooks:
        try:
            address = make_address(provider, page=key_of(request), instead_of=request.POST.get("seen"))
        except MeanwhileError:
            provider.refresh_from_db(fields=["webhook_digest"])
            messages.warning(
                request, _("Someone else just created a new address. Nothing changed. Create another only if you must.")
            )
            status = 409
    context = {"provider": provider, "address": address, "seen": mark_of(provider)}
    return render(request, "badges/providers/webhook.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@once
def rotate(request: Request, provider_id: int) -> HttpResponse:
    """Ask, then sign with new keys from now on."""
    provider = provider_to_change(request, provider_id)
    if request.method != "POST" or not provider.is_built_in:
        return render(request, "badges/providers/rotate.html", {"provider": provider})
    keys.rotate(provider, at=timezone.now())
    messages.success(request, _("New keys are listed, and sign in two minutes. What the old ones signed stays valid."))
    return redirect("badges:provider", provider_id=provider_id)


def _answered(request: Request, provider: BadgeProvider, found: health.AccountCheck) -> HttpResponse:
    """The health part of the page to htmx; otherwise the whole page, with what was found as messages."""
    if request.htmx:
        context = page_of(request, provider) | {"check": found}
        return render(request, "badges/providers/profile.html#health", context)
    _say(request, found)
    return redirect("badges:provider", provider_id=provider.pk)


def _say(request: Request, found: health.AccountCheck) -> None:
    (messages.success if found.is_good else messages.error)(request, found.sentence)
    for warning in found.warnings:
        messages.warning(request, warning)
