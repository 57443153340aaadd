"""How often signing in may fail: for an account at an address, for an account, and at an address.

docs/decisions/0008-sign-in.md says why these three, and why a known device is spared the last two.
"""

from typing import Any

from axes.attempts import get_cool_off_threshold
from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Sum
from django.http import HttpRequest, HttpResponseBase

from operation.client_addresses import client_address
from organizations.models import User
from organizations.sign_in.authentication import account_name
from organizations.user_names import normalized

# Failures within AXES_COOLOFF_TIME. For one account at one address AXES_FAILURE_LIMIT counts.
ACCOUNT_LIMIT = 25
ADDRESS_LIMIT = 100

LONGEST_NAME = 255  # of the column that django-axes counts by
DEVICE_SALT, DEVICE_AGE = "organizations.sign_in.throttling.device", 365 * 24 * 60 * 60


class ThrottlingHandler(AxesDatabaseHandler):  # type: ignore[misc]  # the package has no types
    """django-axes with two wider limits, so that an attack on an account does not lock out its owner."""

    def is_locked(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> bool:
        """Whether to refuse without looking at the password. A refused attempt does not count: the pause does end."""
        if super().is_locked(request, credentials):
            return True
        username = throttled_name(request, credentials)
        if _is_known_device(request, username):
            return False
        recent = AccessAttempt.objects.filter(attempt_time__gte=get_cool_off_threshold(request))
        return (
            _failures(recent.filter(username=username)) >= ACCOUNT_LIMIT
            or _failures(recent.filter(ip_address=client_address(request))) >= ADDRESS_LIMIT
        )


def count_request(request: HttpRequest, name: str) -> bool:
    """Count a letter that is asked for like a bad attempt to sign in; whether it is let through.

    Otherwise AxesMiddleware answers as it does after too many attempts.
    """
    credentials = {"username": name}
    if not AxesProxyHandler.is_allowed(request, credentials):
        request.axes_locked_out, request.axes_credentials = True, credentials  # type: ignore[attr-defined]
        return False
    AxesProxyHandler.user_login_failed(count_request, credentials, request)
    return not request.axes_locked_out  # type: ignore[attr-defined]


def forgive(request: HttpRequest, user: User) -> None:
    """Give new attempts to the account at this address, as after a success."""
    AxesProxyHandler.reset_attempts(
        username=throttled_name(request, {"username": user.username}), ip_address=client_address(request)
    )


def throttled_name(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """What attempts are counted by: one name for each account, however it was written, and for each unknown name."""
    typed = str((credentials or request.POST).get("username") or "").strip()
    return (account_name(typed) or normalized(typed).casefold())[:LONGEST_NAME]


def remember_device(response: HttpResponseBase, user: User) -> None:
    """Let this browser skip the wider limits for this account: it has had the right password once."""
    response.set_signed_cookie(
        settings.DEVICE_COOKIE_NAME,
        str(user.pk),
        salt=DEVICE_SALT,
        max_age=DEVICE_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _is_known_device(request: HttpRequest, username: str) -> bool:
    known = request.get_signed_cookie(settings.DEVICE_COOKIE_NAME, default=None, salt=DEVICE_SALT, max_age=DEVICE_AGE)
    return known is not None and User.objects.filter(pk=known, username=username).exists()


def _failures(attempts: Any) -> int:
    return attempts.aggregate(failures=Sum("failures_since_start"))["failures"] or 0
