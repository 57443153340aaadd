"""Where providers say that something happened."""

import logging
import uuid

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from badges.accounts.webhook_secrets import is_secret_of
from badges.delivery.inbound import receive
from badges.models import BadgeProvider
from badges.providers.opening import parse_hint
from operation.limiting import asks_too_often, is_too_often, too_many

logger = logging.getLogger(__name__)

LONGEST_BODY = 8 * 1024


@sensitive_variables("secret")
@csrf_exempt
@login_not_required
@require_POST
def webhook(request: HttpRequest, public_id: uuid.UUID, secret: str) -> HttpResponse:
    """Keep a hint, and answer 200 at once: Credly repeats whatever is answered otherwise for 25 days.

    So 200 to what is not understood or not meant for us as well, which no repetition makes better; 503 to what could not
    be kept. A wrong secret finds nothing, as if there were no such provider, and counts for the address it came from; what
    comes from there with the right one is taken all the same. Nothing else of the body counts than the id of an event, for
    which the provider will be asked.
    """
    provider = BadgeProvider.objects.filter(public_id=public_id).first()
    if provider is None or not is_secret_of(provider, secret):
        if asks_too_often(request):
            return too_many(request)
        raise Http404
    if is_too_often("webhook", provider.pk, most=settings.WEBHOOKS_PER_MINUTE, at=timezone.now()):
        return HttpResponse(status=503, headers={"Retry-After": "60"})
    hint = parse_hint(provider, request.body) if _is_short(request) else None
    if hint is None:
        logger.warning("What came to the webhook of badge provider %s was not understood.", provider.pk)
    elif hint.organization_ref != provider.provider_organization_id:
        logger.warning("What came to the webhook of badge provider %s is another organization's.", provider.pk)
    else:
        receive(provider, hint, at=timezone.now())
    return HttpResponse(status=200)


def _is_short(request: HttpRequest) -> bool:
    """Told by its length before any of it is read; a body without a length is none to Django."""
    return int(request.META.get("CONTENT_LENGTH") or 0) <= LONGEST_BODY
