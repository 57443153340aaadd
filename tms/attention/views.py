"""The page Needs attention, its number for the menu, and the repairs that are made in its lines."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http.response import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from achievements.log.first_fixes import Fix, to_fix
from achievements.log.undelivered import TEMPLATE_UNUSABLE, may_open, undelivered_for
from achievements.pages.sweep_forms import UndeliveredFilter
from badges.catalogue.editing import use_template
from badges.delivery import rounds
from badges.held.acting import may_retry_any, retriable_by
from badges.issuing.obstacles import UNSENDABLE, not_retriable
from badges.models import Badge, BadgeTemplate, IssuedBadge
from badges.pages.views.words import going_again, not_going_again
from organizations.administration.account_forms import AddressForm, read_by
from organizations.administration.addresses import save_address
from organizations.models import User
from organizations.requests import Request, may_change_in_admin, page_before, require
from organizations.telling_apart import tell_apart
from tms.attention.causes import causes_for, how_many_causes
from tms.attention.finding import is_open_to
from tms.attention.following import MOST, address_after, followed

# For so many seconds a browser shows the number again without asking: who turns pages does not have it counted each time.
COUNT_KEPT = 10
CHANGE_BADGE = "badges.change_badge"


@require_safe
def page(request: Request) -> HttpResponse:
    """Needs attention; after a retry also what became of it, which the page asks for again until that is known."""
    _require_page(request)
    again = followed(request.GET.get("retried", ""), request.GET.get("looks", ""), request.user)
    if not request.htmx:
        return render(request, "tms/attention.html", _context(request) | {"again": again})
    context = {"again": again} if again and not again.is_over else _context(request) | {"again": again, "is_over": True}
    return render(request, "tms/attention.html#looked_again", context)


@require_safe
def count(request: Request) -> HttpResponse:
    """The number in the menu, which every page of ours asks for once it is shown."""
    _require_page(request)
    context = {"attention_count": how_many_causes(request.user, at=timezone.now())}
    response = render(request, "tms/_attention_count.html", context)
    response["Cache-Control"] = f"private, max-age={COUNT_KEPT}"
    patch_vary_headers(response, ["Cookie"])
    return response


@require_POST
def address(request: Request, user_id: int) -> HttpResponse:
    """Save an e-mail address; the sweep then issues what waited for it."""
    account = get_object_or_404(User.objects.visible_to(request.user), pk=user_id)
    if not may_change_in_admin(request, account):
        raise PermissionDenied
    waiting = _waiting_for_address(request.user, account)
    form = read_by(AddressForm, request.user)(request.POST, instance=account)
    if form.is_valid() and save_address(form, request):
        messages.success(request, _saved(waiting, left=_waiting_for_address(request.user, account)))
        return redirect(page_before(request, otherwise=reverse("attention")))
    account.refresh_from_db()
    for said in [*form.errors.get("email", []), *form.non_field_errors()]:
        messages.error(request, _("%(person)s: %(error)s") % {"person": account, "error": said})
    return render(request, "tms/attention.html", _context(request) | {"refused": form}, status=422)


@require_POST
def template(request: Request, badge_id: int) -> HttpResponse:
    """Give a badge another template of its provider, and retry what the one before kept back."""
    badges = Badge.objects.visible_to(request.user).select_related("provider")
    badge = get_object_or_404(badges, pk=badge_id)
    require(request, CHANGE_BADGE)
    if not Badge.objects.changeable_by(request.user).filter(pk=badge.pk).exists():
        raise PermissionDenied
    usable = BadgeTemplate.objects.filter(provider=badge.provider_id, state=BadgeTemplate.State.ACTIVE)
    chosen = usable.filter(external_id=request.POST.get("template", "")).first()
    back = page_before(request, otherwise=reverse("attention"))
    if chosen is None:
        messages.error(request, _("%(badge)s: choose a template that can be issued from.") % {"badge": badge})
        return redirect(back)
    use_template(badge, chosen)
    kept = retriable_by(request.user).filter(badge=badge, failure_code=TEMPLATE_UNUSABLE)
    messages.success(request, _("%(badge)s uses %(template)s now.") % {"badge": badge, "template": chosen})
    return redirect(_retried(request, kept, back) or back)


@require_POST
def retry(request: Request) -> HttpResponse:
    """Retry the failed deliveries of a line: those that the list behind it has."""
    if not may_retry_any(request.user):
        raise PermissionDenied
    back = page_before(request, otherwise=reverse("attention"))
    found = UndeliveredFilter(request.POST, queryset=undelivered_for(request.user), request=request)
    if not found.form.is_valid():
        messages.error(request, _("This list does not exist. Reload the page and try again."))
        return redirect(back)
    failed = found.qs.filter(issued__delivery=IssuedBadge.Delivery.FAILED).values_list("issued", flat=True)
    rows = retriable_by(request.user).filter(pk__in=list(failed))
    following, left = _retried(request, rows, back), not_retriable(rows)
    tell_apart([failure.pair.student for failure in left], request.user)
    for words in not_going_again(left):
        messages.warning(request, words)
    if not following and not left:
        messages.info(request, _("Nothing to retry: no delivery that you may retry has failed."))
    return redirect(following or back)


def _retried(request: Request, rows: QuerySet[IssuedBadge], back: str) -> str:
    """Retry the rows, and where to go on: to this page, which follows them; any other page, and many, are told once."""
    ids = list(rows.filter(delivery=IssuedBadge.Delivery.FAILED).exclude(UNSENDABLE).values_list("pk", flat=True))
    done = rounds.retry(rows.filter(pk__in=ids))
    if not done:
        return ""
    if back == reverse("attention") and len(ids) <= MOST:
        return address_after(ids)
    messages.success(request, going_again(done))
    return back


def _require_page(request: Request) -> None:
    if not is_open_to(request.user):
        raise PermissionDenied


def _context(request: Request) -> dict[str, Any]:
    attention = causes_for(request.user, at=timezone.now())
    return {"attention": attention, "attention_count": attention.count, "may_open_list": may_open(request.user)}


def _waiting_for_address(user: User, account: User) -> int:
    """How many badges leave once the account has an address."""
    return to_fix(undelivered_for(user, student=account), Fix.ADDRESS).count() if may_open(user) else 0


def _saved(waiting: int, *, left: int) -> str:
    """What follows: `left` go to an address that only a full sweep looks at (badges.issuing.obstacles)."""
    if not waiting:
        return _("Saved.")
    if left:
        words = ngettext(
            "Saved. %(count)s badge leaves with the next full sweep.",
            "Saved. %(count)s badges leave with the next full sweep.",
            left,
        )
        return words % {"count": localize(left)}
    words = ngettext("Saved. %(count)s badge leaves now.", "Saved. %(count)s badges leave now.", waiting)
    return words % {"count": localize(waiting)}
