"""The sessions of an account: where they are, when each ends by itself, and how somebody ends them.

Each has a row beside Django's own, and its moments in its data: so a page needs no query to know that it has not ended.
"""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from operation.client_addresses import client_address
from organizations.access import signed_in
from organizations.models import User, UserSession

STAMP = "signed_in"
# How exactly it is kept when a session was used last.
STEP = timedelta(minutes=1)


def begin(request: HttpRequest, *, at: datetime) -> None:
    """Keep that the person signed in, from where and with what. Rows of sessions that have ended go."""
    user = signed_in(request)
    if request.session.session_key is None:
        request.session.save()
    UserSession.objects.filter(user=user).exclude(pk__in=open_sessions(user, at=at).values("pk")).delete()
    UserSession.objects.update_or_create(
        session_key=request.session.session_key,
        defaults={
            "user": user,
            "started_at": at,
            "seen_at": at,
            "address": client_address(request),
            "browser": request.headers.get("User-Agent", "")[:200],
        },
    )
    _stamp(request, since=at, seen=at)


def is_over(request: HttpRequest, *, at: datetime) -> bool:
    """Whether nobody used the session for too long, or it has lasted too long. Keeps that it is used now."""
    stamp = request.session.get(STAMP)
    if stamp is None:  # from before sessions were kept, or begun in another way than on the sign-in page
        begin(request, at=at)
        return False
    since, seen = (datetime.fromtimestamp(stamp[name], UTC) for name in ("since", "seen"))
    if at - seen > settings.SESSION_IDLE or at - since > timedelta(seconds=settings.SESSION_COOKIE_AGE):
        return True
    if at - seen > STEP:
        _stamp(request, since=since, seen=at)
        UserSession.objects.filter(session_key=request.session.session_key).update(seen_at=at)
    return False


def open_sessions(user: User, *, at: datetime) -> QuerySet[UserSession]:
    """Those that have not ended, the one used last first."""
    started = at - timedelta(seconds=settings.SESSION_COOKIE_AGE)
    rows = UserSession.objects.filter(user=user, started_at__gte=started, seen_at__gte=at - settings.SESSION_IDLE)
    return rows.order_by("-seen_at", "pk")


@transaction.atomic
def end(rows: QuerySet[UserSession]) -> int:
    """End the sessions now, wherever they are; how many."""
    keys = list(rows.values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    UserSession.objects.filter(session_key__in=keys).delete()
    return len(keys)


def end_all(user: User, *, but: str | None = None) -> int:
    """End the account's sessions, but for the one with the key `but`; how many."""
    return end(UserSession.objects.filter(user=user).exclude(session_key=but or ""))


def _stamp(request: HttpRequest, *, since: datetime, seen: datetime) -> None:
    request.session[STAMP] = {"since": since.timestamp(), "seen": seen.timestamp()}
