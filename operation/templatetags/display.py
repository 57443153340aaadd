"""What templates draw again and again: icons, moments, cells of lists."""

import uuid
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from heroicons.templatetags.heroicons import heroicon_mini, heroicon_outline

from operation.pressing import FIELD

register = template.Library()

# See tms/formats.
MOMENT = "DATETIME_FORMAT"
DAY = "DATE_FORMAT"
TIME = "TIME_FORMAT"
_ICON: dict[str, Any] = {"class": "icon"}  # a keyword that Python has for itself
NOTHING = format_html('<span class="muted" aria-hidden="true">{}</span>', "—")


@register.simple_tag
def site_name() -> str:
    """The product's name here; a tag, so that error pages made without a request know it too."""
    return str(settings.SITE_NAME)


@register.simple_tag
def form_key() -> SafeString:
    """What tells one rendered form from another: its button makes one thing, however often it is pressed (operation.pressing)."""
    return format_html('<input type="hidden" name="{}" value="{}">', FIELD, uuid.uuid4())


@register.simple_tag
def icon(name: str, *, outline: bool = False) -> str:
    """A heroicon beside words; hidden from screen readers, which read the words."""
    return _drawn(name, outline=outline)


@lru_cache(maxsize=256)
def _drawn(name: str, *, outline: bool) -> str:
    """The library draws an icon anew each time: a twentieth of a page's time."""
    draw = heroicon_outline if outline else heroicon_mini
    return draw(name, size=None, **_ICON)


@register.simple_tag
def moment(value: datetime | None, zone: str = "") -> SafeString:
    """A moment in the reader's time zone, or in `zone`, which is then named beside it; a dash for None."""
    if value is None:
        return NOTHING
    local = timezone.localtime(value, ZoneInfo(zone) if zone else None)
    text = formats.date_format(local, MOMENT)
    if zone:
        text = f"{text} {local.tzname()}"
    return format_html('<time datetime="{}" title="{} {}">{}</time>', local.isoformat(), text, local.tzinfo or "", text)


@register.simple_tag
def day(value: datetime | None, zone: str) -> SafeString:
    """What a badge shows the world: the date in `zone`, whoever reads it, with the moment in the title; a dash for None."""
    if value is None:
        return NOTHING
    local = timezone.localtime(value, ZoneInfo(zone))
    title = f"{formats.date_format(local, MOMENT)} {local.tzname()}"
    return format_html('<time datetime="{}" title="{}">{}</time>', local.isoformat(), title, day_in(value, zone))


def day_in(value: datetime, zone: str) -> str:
    """The same without markup."""
    return formats.date_format(timezone.localtime(value, ZoneInfo(zone)), DAY)


@register.simple_tag
def period(start: datetime, end: datetime, zone: str) -> SafeString:
    """From when to when, in `zone`, which is named; the day once where it is the same."""
    begins, ends = timezone.localtime(start, ZoneInfo(zone)), timezone.localtime(end, ZoneInfo(zone))
    until = TIME if begins.date() == ends.date() else MOMENT
    return format_html(
        '<time datetime="{}">{}</time> – <time datetime="{}">{} {}</time>',
        begins.isoformat(),
        formats.date_format(begins, MOMENT),
        ends.isoformat(),
        formats.date_format(ends, until),
        ends.tzname() or zone,
    )


@register.filter
def cell(value: object) -> object:
    """A value as a list shows it: a dash for nothing, Yes or No, moments in the reader's time zone."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return formats.date_format(value, DAY)
    return value


@register.filter
def minutes(value: timedelta | None) -> int:
    """A length of time in whole minutes."""
    return int(value.total_seconds() // 60) if value else 0


@register.filter
def duration(value: timedelta | None) -> object:
    """A length of time in its two greatest units: 0.4 s, 12 s, 5 min, 1 h 5 min, 2 d 3 h; a dash for None."""
    if value is None:
        return NOTHING
    seconds = value.total_seconds()
    if seconds < 60:
        number = formats.number_format(seconds, decimal_pos=0 if seconds >= 10 or seconds == int(seconds) else 1)
        return _("%(seconds)s s") % {"seconds": number}
    days, hours, minutes = value.days, value.seconds // 3600, value.seconds // 60 % 60
    if days:
        return _("%(days)d d %(hours)d h") % {"days": days, "hours": hours}
    if hours:
        return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes}
    return _("%(minutes)d min") % {"minutes": minutes}
