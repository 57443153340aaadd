import re
from pathlib import Path

import pytest

from badges.models import IssuedBadge
from tms import design

ROOT = Path(__file__).parents[2]
TOKENS = (ROOT / "static" / "css" / "tokens.css").read_text()

pytestmark = pytest.mark.django_db


def page_of(client) -> str:
    page: str = client.get("/admin/design/").content.decode()
    return page


@pytest.mark.parametrize("path", ["/admin/design/", "/admin/design/letter/"])
@pytest.mark.parametrize(
    ("persona", "status"), [("administrator", 200), ("instructor", 302), ("student", 302), ("stranger", 302)]
)
def test_who_may_open_the_admin_sees_the_design(world, signed_in, path, persona, status):
    assert signed_in(getattr(world, persona)).get(path).status_code == status


def test_the_admin_leads_to_it(world, signed_in):
    assert '<a href="/admin/design/">' in signed_in(world.administrator).get("/admin/").content.decode()


def test_every_piece_stands_in_both_schemes(world, signed_in):
    page = page_of(signed_in(world.administrator))
    light, dark = page.partition('<section class="scheme light"')[2].split('<section class="scheme dark"')

    heads = [re.findall(r"<h3>(.*?)</h3>", half) for half in (light, dark)]
    assert heads[0] == heads[1]
    pieces = ("button primary", "of-standing lost", "message error", "error-summary", "table-frame", "empty", "dialog")
    assert [(piece, piece in light, piece in dark) for piece in pieces] == [(piece, True, True) for piece in pieces]


def test_no_id_stands_twice(world, signed_in):
    ids = re.findall(r'\sid="([^"]+)"', page_of(signed_in(world.administrator)))

    assert sorted(ids) == sorted(set(ids))


def test_every_colour_of_the_tokens_is_shown():
    coloured = r"^ +--([a-z-]+): (?:light-dark\(#|color-mix|var\(--brand-(?:on-)?(?:color|deep)\))"
    declared = {name for name in re.findall(coloured, TOKENS, re.MULTILINE) if not name.startswith("brand")}

    assert [name for names in design.COLOURS.values() for name in names if name not in declared] == []
    assert declared - {name for names in design.COLOURS.values() for name in names} == set()


def test_every_icon_of_the_templates_is_shown():
    words = "\n".join(path.read_text() for path in (ROOT / "templates").rglob("*.html"))

    assert set(re.findall(r'\{% icon "([a-z0-9-]+)"', words)) - set(design.ICONS) == set()
    assert list(design.ICONS) == sorted(set(design.ICONS))


def test_every_way_in_which_a_badge_can_stand_is_shown():
    assert [issued.standing for issued in design.standings()] == list(IssuedBadge.Standing)


def test_the_list_is_of_the_reader_s_own_organizations(world, signed_in):
    page = page_of(signed_in(world.administrator))

    assert f"{world.academy}</td>" in re.sub(r"\s+<", "<", page)
    assert str(world.stranger.organization) not in page


def test_the_letter_is_shown_as_mail_programs_show_it(world, signed_in):
    answer = signed_in(world.administrator).get("/admin/design/letter/")

    assert "style-src 'unsafe-inline'" in answer["Content-Security-Policy"]
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert "Network Defender" in answer.content.decode()


def test_it_asks_the_database_little(world, signed_in, django_assert_num_queries):
    client = signed_in(world.administrator)
    page_of(client)

    with django_assert_num_queries(13):  # each of its four lists asks for saved views
        page_of(client)
