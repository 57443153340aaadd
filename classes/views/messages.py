"""What a roster says after something was done to it."""

from collections import defaultdict

from django.contrib import messages
from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from classes import enrolling
from classes.models import Enrollment
from organizations.requests import Request


def tell_saved(request: Request, changed: int) -> None:
    """How many lines Save Changes has saved."""
    if changed:
        said = ngettext("%(count)s change saved.", "%(count)s changes saved.", changed)
        messages.success(request, said % {"count": localize(changed)})
    else:
        messages.info(request, _("No changes to save."))


def tell_added(request: Request, added: enrolling.Added, status: Enrollment.Status) -> None:
    """The successes, then the failures, a message for each reason (S106)."""
    if added.lines:
        said = ngettext(
            "%(count)s student was added as %(status)s.",
            "%(count)s students were added as %(status)s.",
            len(added.lines),
        )
        messages.success(request, said % {"count": localize(len(added.lines)), "status": status.label})
    by_reason = defaultdict(list)
    for failure in added.failed:
        by_reason[failure.refusal.message].append(str(failure.student))
    for reason, names in by_reason.items():
        said = _("Not added: %(students)s. %(reason)s")
        messages.warning(request, said % {"students": ", ".join(names), "reason": reason})
