"""Where the name of a badge leads: to its Profile, if the reader may open it."""

from collections.abc import Iterable

from django.urls import reverse

from badges.models import Badge
from organizations.models import User

SEE_BADGES = "badges.view_badge"


def lead_to_badges(badges: Iterable[Badge | None], reader: User) -> None:
    """Give each of them, as `page`, the address of its Profile. One query at most; none without the permission."""
    shown = [badge for badge in badges if badge is not None]
    ids: set[int] = set()
    if shown and reader.has_perm(SEE_BADGES):
        visible = Badge.objects.visible_to(reader).filter(pk__in={badge.pk for badge in shown})
        ids = set(visible.values_list("pk", flat=True))
    for badge in shown:
        badge.page = reverse("badges:profile", args=[badge.pk]) if badge.pk in ids else ""
