import datetime as dt
import re
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates, TemplatesSetting
from django.utils import timezone
from django.utils.safestring import mark_safe

from operation.templatetags import display

AT = dt.datetime(2026, 3, 2, 23, 30, tzinfo=dt.UTC)
DASH = '<span class="muted" aria-hidden="true">—</span>'


def words(html):
    return re.sub(r"<[^>]*>", "", html)


@pytest.mark.parametrize(
    ("reader", "zone", "expected"),
    [
        ("UTC", "", "2 Mar 2026, 23:30"),
        ("Europe/Paris", "", "3 Mar 2026, 00:30"),
        ("UTC", "Asia/Tokyo", "3 Mar 2026, 08:30 JST"),
    ],
)
def test_a_moment_is_the_reader_s_or_names_its_zone(reader, zone, expected):
    with timezone.override(reader):
        assert words(display.moment(AT, zone)) == expected


def test_a_moment_is_there_for_machines_and_its_zone_in_the_title():
    with timezone.override("Europe/Paris"):
        assert display.moment(AT) == (
            '<time datetime="2026-03-03T00:30:00+01:00" title="3 Mar 2026, 00:30 Europe/Paris">3 Mar 2026, 00:30</time>'
        )


@pytest.mark.parametrize("reader", ["UTC", "America/New_York"])
def test_a_day_is_the_same_for_every_reader(reader):
    with timezone.override(reader):
        assert display.day(AT, "Asia/Tokyo") == (
            '<time datetime="2026-03-03T08:30:00+09:00" title="3 Mar 2026, 08:30 JST">3 Mar 2026</time>'
        )
    assert display.day(None, "UTC") == DASH


@pytest.mark.parametrize(
    ("hours", "zone", "expected"),
    [
        (2, "Asia/Tokyo", "3 Mar 2026, 08:30 – 10:30 JST"),
        (2, "UTC", "2 Mar 2026, 23:30 – 3 Mar 2026, 01:30 UTC"),
        (20, "Asia/Tokyo", "3 Mar 2026, 08:30 – 4 Mar 2026, 04:30 JST"),
    ],
)
def test_a_period_names_its_day_once_where_it_is_the_same_in_its_zone(hours, zone, expected):
    assert words(display.period(AT, AT + dt.timedelta(hours=hours), zone)) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, DASH),
        ("", DASH),
        (0, 0),
        (True, "Yes"),
        (False, "No"),
        (dt.date(2026, 3, 2), "2 Mar 2026"),
        ("words", "words"),
    ],
)
def test_a_cell_says_what_a_value_is(value, expected):
    assert display.cell(value) == expected


@pytest.mark.parametrize(
    ("passed", "expected"),
    [
        (dt.timedelta(seconds=59), "just now"),
        (dt.timedelta(minutes=1), "1 minute ago"),
        (dt.timedelta(minutes=59, seconds=59), "59 minutes ago"),
        (dt.timedelta(hours=1), "1 hour ago"),
        (dt.timedelta(hours=14, minutes=4), "14 hours ago"),
        (dt.timedelta(hours=14, minutes=6), "yesterday, 23:59"),
        (dt.timedelta(hours=38), "yesterday, 00:05"),
        (dt.timedelta(hours=39), "2 days ago"),
        (dt.timedelta(days=6, hours=23), "7 days ago"),
        (dt.timedelta(days=7), "21 Oct 2026"),
        (dt.timedelta(days=400), "23 Sep 2025"),
        (-dt.timedelta(seconds=1), "in 1 minute"),
        (-dt.timedelta(minutes=59), "in 59 minutes"),
        (-dt.timedelta(hours=9), "today, 23:05"),
        (-dt.timedelta(hours=10), "tomorrow, 00:05"),
        (-dt.timedelta(hours=34), "Friday, 00:05"),
        (-dt.timedelta(days=7), "4 Nov 2026, 14:05"),
    ],
)
def test_a_list_tells_a_time_as_people_do(passed, expected):
    at = dt.datetime(2026, 10, 28, 14, 5, tzinfo=ZoneInfo("Europe/Paris"))
    with timezone.override("Europe/Paris"):
        assert display.told_at(timezone.localtime(at.astimezone(dt.UTC) - passed), at) == expected


@pytest.mark.parametrize(
    ("passed", "zone", "expected"),
    [
        (dt.timedelta(hours=2), "Asia/Tokyo", "2 hours ago"),
        (dt.timedelta(hours=30), "Asia/Tokyo", "1 day ago"),
        (dt.timedelta(days=8), "Asia/Tokyo", "20 Oct 2026"),
        (-dt.timedelta(minutes=5), "Asia/Tokyo", "in 5 minutes"),
        (-dt.timedelta(hours=9), "Asia/Tokyo", "29 Oct 2026, 08:05 JST"),
        (-dt.timedelta(hours=9), "Europe/London", "today, 23:05"),
    ],
)
def test_another_zone_is_named_with_a_time_and_has_no_days_of_its_own(passed, zone, expected):
    at = dt.datetime(2026, 10, 28, 14, 5, tzinfo=dt.UTC)

    assert display.told_at((at - passed).astimezone(ZoneInfo(zone)), at) == expected


def test_a_list_has_the_exact_time_for_machines_and_in_the_title(time_machine):
    time_machine.move_to(AT + dt.timedelta(hours=2), tick=False)

    assert display.when(AT) == (
        '<time datetime="2026-03-02T23:30:00+00:00" title="2 Mar 2026, 23:30 UTC">yesterday, 23:30</time>'
    )
    assert words(display.when(AT, "Asia/Tokyo")) == "2 hours ago"
    assert display.when(None) == DASH


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("ana@example.test", "ana<wbr>@example.test"),
        ("<b>@example.test", "&lt;b&gt;<wbr>@example.test"),
        ("no address", "no address"),
        ("", display.cell("")),
    ],
)
def test_an_e_mail_address_may_break_before_its_at(address, said):
    assert display.mail_address(address) == said


def test_a_cell_of_a_moment_is_told_as_in_lists():
    assert display.cell(AT) == display.when(AT)
    assert display.moment(None) == DASH


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (None, DASH),
        (dt.timedelta(), "0 s"),
        (dt.timedelta(seconds=0.42), "0.4 s"),
        (dt.timedelta(seconds=12.3), "12 s"),
        (dt.timedelta(seconds=60), "1 min"),
        (dt.timedelta(minutes=59, seconds=59), "59 min"),
        (dt.timedelta(hours=1, minutes=5), "1 h 5 min"),
        (dt.timedelta(days=2, hours=3, minutes=59), "2 d 3 h"),
    ],
)
def test_a_length_of_time_has_its_two_greatest_units(length, expected):
    assert display.duration(length) == expected


@pytest.mark.parametrize(
    ("length", "expected"), [(None, 0), (dt.timedelta(seconds=59), 0), (dt.timedelta(hours=1, seconds=61), 61)]
)
def test_minutes_are_whole(length, expected):
    assert display.minutes(length) == expected


def test_each_form_has_a_key_of_its_own():
    keys = [
        re.fullmatch(r'<input type="hidden" name="form_key" value="([0-9a-f-]{36})">', display.form_key())
        for _ in range(2)
    ]

    assert len({found.group(1) for found in keys if found}) == 2


@pytest.mark.parametrize("outline", [True, False])
def test_an_icon_is_for_eyes_alone(outline):
    drawn = display.icon("check", outline=outline)

    assert 'class="icon"' in drawn
    assert 'aria-hidden="true"' in drawn


def test_the_product_bears_the_name_of_its_site(settings):
    settings.SITE_NAME = "Wreath"

    assert display.site_name() == "Wreath"


CHOICES = [
    ("", "Any"),
    ("a group & more", [(1, 'With "quotes" & <b>'), (2, "It's two")]),
    (3, 12_345),
    ("<x>", mark_safe("<i>safe</i>")),
]


def squeezed(html):
    return re.sub(r">\s+<", "><", html).strip()


@pytest.mark.parametrize("kind", [forms.Select, forms.SelectMultiple])
@pytest.mark.parametrize("value", [None, "", "2", 3, "<x>", "beyond"])
def test_a_select_is_what_django_draws(kind, value):
    widget = kind(choices=CHOICES, attrs={"class": "short", "required": True, "data-off": False})
    chosen = [value] if kind is forms.SelectMultiple else value

    ours, theirs = (widget.render("n", chosen, renderer=one()) for one in (TemplatesSetting, DjangoTemplates))

    assert squeezed(ours) == squeezed(theirs)
