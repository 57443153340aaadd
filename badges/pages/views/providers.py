"""The pages of badge providers: the list, a provider with its health, its Edit and its templates."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import FETCH_RAISE, OuterRef, QuerySet
from django.http.response import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from badges.accounts import standing
from badges.accounts.editing import AccountInUseError, SavedProvider, save_provider
from badges.catalogue.editing import NameTakenError
from badges.models import ON_ITS_WAY, Badge, BadgeProvider, BadgeProviderQuerySet, BadgeTemplate, IssuedBadge
from badges.openbadges import addresses
from badges.pages import provider_columns
from badges.pages.provider_forms import PauseForm, ProviderFilter, ProviderForm, TemplateFilter
from badges.providers.opening import capabilities_of
from listing.downloads import EXPORT
from listing.lists import listing
from listing.naming_fields import suggestions
from operation.counting import number_of
from operation.pressing import once
from organizations.models import User
from organizations.requests import Request, require

SEE_PROVIDERS, ADD_PROVIDER, CHANGE_PROVIDER = (f"badges.{act}_badgeprovider" for act in ("view", "add", "change"))
SEE_BADGES, ADD_BADGE, SEE_ISSUED = "badges.view_badge", "badges.add_badge", "badges.view_issuedbadge"


@require_safe
def list_(request: Request) -> HttpResponseBase:
    """All badge providers in reach."""
    require(request, SEE_PROVIDERS)
    found = listing(
        request,
        _counted(BadgeProvider.objects.visible_to(request.user), request.user, is_exact=EXPORT in request.GET)
        .select_related("organization")
        .defer("encrypted_token")
        .fetch_mode(FETCH_RAISE),
        provider_columns.PROVIDERS,
        sort="name",
        search=("name", "description", "organization__name"),
        filterset=ProviderFilter,
    )
    if found.wants_suggestions:
        return found.suggestions()
    if found.wants_export:
        return found.export("badge-providers")
    changeable = _changeable(request).filter(pk__in=[row.pk for row in found.page])
    context = {
        "listing": found,
        "changeable": set(changeable.values_list("pk", flat=True)),
        "may_add": request.user.has_perm(ADD_PROVIDER),
        "most": provider_columns.MOST_DELIVERIES,
    }
    return render(request, "badges/providers/list.html", context)


@require_safe
def profile(request: Request, provider_id: int) -> HttpResponse:
    """A provider; who may change it sees the account and its health (N10), others that it is there for them."""
    provider = seen_provider(request, provider_id)
    return render(request, "badges/providers/profile.html", page_of(request, provider))


@sensitive_post_parameters("new_token")
@require_http_methods(["GET", "HEAD", "POST"])
@once
def create(request: Request) -> HttpResponse:
    """Create Badge Provider (S2, S3)."""
    require(request, ADD_PROVIDER)
    form = ProviderForm(request.POST or None, user=request.user)
    if suggested := suggestions(request, form):
        return suggested
    if form.is_valid() and _saved(form):
        messages.success(request, _("%(provider)s was created.") % {"provider": form.instance})
        return redirect("badges:provider", provider_id=form.instance.pk)
    return render(request, "badges/providers/edit.html", {"form": form}, status=422 if form.errors else 200)


@sensitive_post_parameters("new_token")
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: Request, provider_id: int) -> HttpResponse:
    """Edit: Basic Information and Availability (S2, S4)."""
    provider = provider_to_change(request, provider_id)
    name, state = provider.name, provider_columns.state_of(provider)
    form = ProviderForm(request.POST or None, instance=provider, user=request.user)
    if suggested := suggestions(request, form):
        return suggested
    if form.is_valid() and (saved := _saved(form)):
        messages.success(request, _("%(provider)s was saved.") % {"provider": provider})
        if saved.token_was_cleared:
            cleared = _("The stored API token was cleared, because the account it belongs to changed.")
            messages.warning(request, cleared)
        if provider.paused_at and form.cleaned_data["new_token"]:
            messages.warning(
                request, _("The provider is still paused. Resume tests the new token and sends what waits.")
            )
        return redirect("badges:provider", provider_id=provider.pk)
    context = {"form": form, "provider": provider, "name": name, "state": state}
    return render(request, "badges/providers/edit.html", context, status=422 if form.errors else 200)


@require_safe
def templates(request: Request, provider_id: int) -> HttpResponseBase:
    """The provider's templates as they were read last, to make badges of."""
    provider = provider_to_change(request, provider_id)
    found = listing(
        request,
        BadgeTemplate.objects.filter(provider=provider),
        provider_columns.TEMPLATES,
        sort="name",
        search=("name", "description", "external_id"),
        filterset=TemplateFilter,
    )
    if found.wants_export:
        return found.export("badge-templates")
    context = {
        "listing": found,
        "provider": provider,
        "badges": _badges_of(provider, found.page.rows, request.user),
        "may_import": request.user.has_perm(ADD_BADGE),
    }
    return render(request, "badges/providers/templates.html", context)


def seen_provider(request: Request, provider_id: int) -> BadgeProvider:
    """The provider, if the person may see it: 404 where it is out of sight, 403 without the permission."""
    providers = BadgeProvider.objects.visible_to(request.user).select_related("organization")
    provider = get_object_or_404(providers, pk=provider_id)
    require(request, SEE_PROVIDERS)
    return provider


def provider_to_change(request: Request, provider_id: int) -> BadgeProvider:
    """The provider, if the person may change it: 403 also where it is only made available."""
    provider = seen_provider(request, provider_id)
    require(request, CHANGE_PROVIDER)
    if not BadgeProvider.objects.changeable_by(request.user).filter(pk=provider_id).exists():
        raise PermissionDenied
    return provider


def page_of(request: Request, provider: BadgeProvider) -> dict[str, Any]:
    """What a provider's page shows; the account and its health only to who may change it."""
    may_change = _changeable(request).filter(pk=provider.pk).exists()
    context: dict[str, Any] = {
        "provider": provider,
        "state": provider_columns.state_of(provider),
        "may_change": may_change,
        "may_see_badges": request.user.has_perm(SEE_BADGES),
        "may_see_issued": request.user.has_perm(SEE_ISSUED),
    }
    return context | _health_of(request, provider) if may_change else context


def _health_of(request: Request, provider: BadgeProvider) -> dict[str, Any]:
    can = capabilities_of(provider)
    context: dict[str, Any] = {
        "can": can,
        "queue": standing.queue_of(provider),
        "failures": standing.last_failures(provider, request.user),
        "hold": standing.hold_of(provider),
        "lacks": standing.lacks_of(provider),
        "token_ends_soon": standing.token_ends_soon(provider, at=timezone.now()),
        "available_to": provider.available_to.visible_to(request.user).order_by("name", "pk"),
        "pause_form": PauseForm(),
    }
    if can.has_templates:
        context["templates"] = standing.templates_of(provider)
    if can.has_webhooks:
        context["announcements"] = standing.announcements_of(provider)
    if provider.is_built_in:
        context |= {
            "did": addresses.did(provider),
            "issuer_address": addresses.issuer(provider),
            "keys": provider.keys.order_by("-created_at", "-pk").defer("encrypted_private_key"),
        }
    return context


def _saved(form: ProviderForm) -> SavedProvider | None:
    """Save the form's provider; None, and an error of the form, when something came between at the last moment."""
    try:
        # With commit=False a form saves nothing, and gains save_m2m.
        provider = form.save(commit=False)
        return save_provider(provider, token=form.cleaned_data["new_token"], save_rest=form.save_m2m)
    except NameTakenError:
        form.refuse_name()
    except AccountInUseError as error:
        form.refuse_account(error.count)
    return None


def _changeable(request: Request) -> BadgeProviderQuerySet:
    """The providers that have an Edit link."""
    providers = BadgeProvider.objects.changeable_by(request.user)
    return providers if request.user.has_perm(CHANGE_PROVIDER) else providers.none()


def _badges_of(provider: BadgeProvider, rows: Any, user: User) -> dict[str, Badge]:
    """The badges made of these templates that the user may see, by template id."""
    ids = [row.external_id for row in rows]
    badges = Badge.objects.visible_to(user).filter(provider=provider, provider_template_id__in=ids)
    return {badge.provider_template_id: badge for badge in badges.order_by("-pk")}


def _counted(providers: BadgeProviderQuerySet, user: User, *, is_exact: bool) -> QuerySet[Any]:
    """Each provider with what the user may know of: its badges, those on their way, and those that failed; of these one
    more than MOST_DELIVERIES for more.
    """
    badges = Badge.objects.visible_to(user).filter(provider=OuterRef("pk"))
    issued = IssuedBadge.objects.visible_to(user).filter(provider=OuterRef("pk"))
    most = None if is_exact else provider_columns.MOST_DELIVERIES
    return providers.annotate(
        badge_count=number_of(badges),
        waiting_count=number_of(issued.filter(delivery__in=ON_ITS_WAY), most=most),
        failed_count=number_of(issued.filter(delivery=IssuedBadge.Delivery.FAILED), most=most),
    )
