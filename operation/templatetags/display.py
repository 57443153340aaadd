"""What templates draw again and again: icons, moments, cells of lists."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings
from django.forms.utils import flatatt
from django.utils import formats, timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from heroicons.templatetags.heroicons import heroicon_mini, heroicon_outline

from operation.pressing import FIELD

register = template.Library()

# See tms/formats.
MOMENT = "DATETIME_FORMAT"
DAY = "DATE_FORMAT"
TIME = "TIME_FORMAT"
MINUTE, HOUR, WEEK = timedelta(minutes=1), timedelta(hours=1), timedelta(weeks=1)
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
def options(groups: Iterable[tuple[str | None, Iterable[Mapping[str, Any]], int]]) -> SafeString:
    """What stands in a select, from its widget's `optgroups`. Django asks three templates for each line: of a thousand
    lines that is most of a page's time.
    """
    drawn = [
        format_html('<optgroup label="{}">{}</optgroup>', name, _lines(choices)) if name else _lines(choices)
        for name, choices, _number in groups
    ]
    return SafeString("".join(drawn))


def _lines(choices: Iterable[Mapping[str, Any]]) -> SafeString:
    return format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        ((str(one["value"]), flatatt(one["attrs"]), formats.localize(one["label"])) for one in choices),
    )


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
def when(value: datetime | None, zone: str = "") -> SafeString:
    """A moment as lists say it: how long ago or when within a week, else its date; exact in the title; a dash for None.

    In the reader's time zone, or in `zone`, which is named with a time where the two differ.
    """
    if value is None:
        return NOTHING
    local = timezone.localtime(value, ZoneInfo(zone) if zone else None)
    title = f"{formats.date_format(local, MOMENT)} {local.tzinfo or ''}"
    told = told_at(local, timezone.now())
    return format_html('<time datetime="{}" title="{}">{}</time>', local.isoformat(), title, told)


def told_at(local: datetime, at: datetime) -> str:
    """The same without markup, at this time; what is more than a week ahead is told to the minute."""
    # Of one zone, Python would subtract what clocks show, and they are set back.
    passed = at.astimezone(UTC) - local.astimezone(UTC)
    is_foreign = local.utcoffset() != timezone.localtime(local).utcoffset()
    if passed >= WEEK:
        return formats.date_format(local, DAY)
    if passed >= timedelta():
        return _ago(local, at, passed, is_foreign=is_foreign)
    if -passed < HOUR:
        count = max(1, -passed // MINUTE)
        return ngettext("in %(count)d minute", "in %(count)d minutes", count) % {"count": count}
    if is_foreign or -passed >= WEEK:
        exact = formats.date_format(local, MOMENT)
        return f"{exact} {local.tzname()}" if is_foreign else exact
    words = {"time": formats.date_format(local, TIME), "day": formats.date_format(local, "l")}
    days = (local.date() - at.astimezone(local.tzinfo).date()).days
    if days < 2:
        return (_("tomorrow, %(time)s") if days else _("today, %(time)s")) % words
    return _("%(day)s, %(time)s") % words


def _ago(local: datetime, at: datetime, passed: timedelta, *, is_foreign: bool) -> str:
    if passed < MINUTE:
        return _("just now")
    if passed < HOUR:
        count = passed // MINUTE
        return ngettext("%(count)d minute ago", "%(count)d minutes ago", count) % {"count": count}
    # Whose day it is differs from zone to zone, how long ago it was does not.
    days = passed.days if is_foreign else (at.astimezone(local.tzinfo).date() - local.date()).days
    if not days:
        count = passed // HOUR
        return ngettext("%(count)d hour ago", "%(count)d hours ago", count) % {"count": count}
    if days == 1 and not is_foreign:
        return _("yesterday, %(time)s") % {"time": formats.date_format(local, TIME)}
    return ngettext("%(count)d day ago", "%(count)d days ago", days) % {"count": days}


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
    """A value as a list shows it: a dash for nothing, Yes or No, moments as `when` tells them."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, datetime):
        return when(value)
    if isinstance(value, date):
        return formats.date_format(value, DAY)
    return value


@register.filter
def mail_address(value: str) -> object:
    """An e-mail address that breaks before its @ where it needs two lines; a dash for none."""
    name, at, host = value.rpartition("@")
    return format_html("{}<wbr>@{}", name, host) if at else cell(value)


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
