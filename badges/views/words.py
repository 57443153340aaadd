"""Sentences that several pages of issued badges say."""

from django.utils.translation import ngettext


def going_again(count: int) -> str:
    """After a retry."""
    return ngettext(
        "%(count)d badge is on its way to its provider again.",
        "%(count)d badges are on their way to their providers again.",
        count,
    ) % {"count": count}
