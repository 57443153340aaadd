"""What is noted of those who look at a badge, and of its student who shares it: nothing but the step and its moment."""

from urllib.parse import urlsplit

import pytest
from django.urls import reverse

from badges.models import StepMoment
from badges.public.letter_links import letter_link
from tests.badges.shown import change, page_of, pending_at_credly, revoke
from tests.factories import PAST

pytestmark = pytest.mark.usefixtures("public_url")
BROWSER = {
    "User-Agent": "Mozilla/5.0 (Linux; Android 9; CUBOT NOTE 7) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36"
}


def steps(issued):
    return set(StepMoment.objects.filter(issued_badge=issued).values_list("step", flat=True))


def letter_of(issued):
    return urlsplit(letter_link(issued)).path


def share_at(issued, way):
    return reverse("badges:share_at", args=[issued.public_id, way])


@pytest.fixture
def decided(issued):
    """Its student has decided about the name."""
    change(issued, name_decided_at=PAST)
    return issued


@pytest.mark.parametrize("name", ["badge_page", "verify", "credential", "token"])
def test_who_looks_at_a_badge_verifies_it(client, issued, name):
    client.get(page_of(issued, name), headers=BROWSER)

    assert steps(issued) == {"verified"}


@pytest.mark.parametrize("name", ["badge_page", "verify", "credential"])
@pytest.mark.parametrize(
    ("persona", "noted"), [("administrator", set()), ("instructor", set()), ("stranger", {"verified"})]
)
def test_the_people_of_the_issuer_verify_nothing(signed_in, world, issued, name, persona, noted):
    signed_in(world.personas[persona]).get(page_of(issued, name))

    assert steps(issued) == noted


@pytest.mark.parametrize("name", ["badge_page", "verify"])
def test_the_student_verifies_nothing(signed_in, issued, name):
    signed_in(issued.student).get(page_of(issued, name))

    assert steps(issued) == set()


@pytest.mark.parametrize("name", ["embed", "baked_png"])
def test_what_others_show_of_a_badge_is_no_verification(client, issued, name):
    client.get(page_of(issued, name))

    assert steps(issued) == set()


@pytest.mark.parametrize("name", ["badge_page", "letter"])
@pytest.mark.parametrize(
    "headers",
    [
        {"User-Agent": "LinkedInBot/1.0 (compatible; Mozilla/5.0)"},
        {"User-Agent": "facebookexternalhit/1.1"},
        {"Sec-Purpose": "prefetch;prerender"},
        {"Purpose": "prefetch"},
    ],
)
def test_programs_and_what_is_fetched_beforehand_do_not_count(client, issued, name, headers):
    client.get(page_of(issued) if name == "badge_page" else letter_of(issued), headers=headers)

    assert steps(issued) == set()


@pytest.mark.parametrize("name", ["badge_page", "verify", "credential", "token", "letter"])
def test_who_asks_for_the_head_alone_does_not_count(client, issued, name):
    client.head(letter_of(issued) if name == "letter" else page_of(issued, name))

    assert steps(issued) == set()


def test_a_page_that_many_look_at_writes_once(client, issued, django_assert_num_queries):
    client.get(page_of(issued))

    with django_assert_num_queries(2):  # how often, and the badge
        client.get(page_of(issued))


def test_before_it_is_signed_there_is_nothing_to_verify(client, unsigned):
    client.get(page_of(unsigned))

    assert steps(unsigned) == set()


def test_a_badge_that_another_issuer_shows_is_verified_there(client, world):
    issued = pending_at_credly(world)
    change(issued, public_url="https://credly.example/badges/1")

    assert client.get(page_of(issued)).status_code == 200
    assert steps(issued) == set()


def test_the_link_of_the_letter_opens_it_and_leads_to_the_page_which_that_does_not_verify(client, issued):
    response = client.get(letter_of(issued), headers=BROWSER, follow=True)

    [(address, status)] = response.redirect_chain
    assert (urlsplit(address).path, status) == (page_of(issued), 302)
    verify = response.text.partition("data-verify")[0].rpartition('href="')[2].partition('"')[0]
    client.get(verify, headers=BROWSER)
    assert steps(issued) == {"opened"}

    client.get(page_of(issued), headers=BROWSER)
    assert steps(issued) == {"opened", "verified"}


def test_a_link_that_stood_in_no_letter_leads_to_the_page_and_opens_nothing(client, issued):
    response = client.get(reverse("badges:letter", args=[issued.public_id, "made-up"]))

    assert (response.status_code, response["Location"]) == (302, page_of(issued))
    assert steps(issued) == set()


@pytest.mark.parametrize("way", ["profile", "linkedin", "facebook", "x"])
def test_a_way_to_share_leads_there_and_is_noted(signed_in, decided, way):
    response = signed_in(decided.student).get(share_at(decided, way))

    assert (response.status_code, urlsplit(response["Location"]).scheme) == (302, "https")
    assert steps(decided) == {"shared"}


def test_what_is_copied_is_noted(signed_in, decided):
    client = signed_in(decided.student)

    statuses = [client.post(page_of(decided, "shared")).status_code for _press in range(2)]

    assert (statuses, steps(decided)) == ([204, 204], {"shared"})


@pytest.mark.parametrize("name", ["credential", "token", "baked_png", "baked_svg"])
def test_a_download_by_its_student_is_shared_and_not_verified(signed_in, issued, name):
    signed_in(issued.student).get(page_of(issued, name))

    assert steps(issued) == {"shared"}


@pytest.mark.parametrize("why", ["undecided", "revoked"])
def test_nothing_is_shared_before_the_answer_nor_when_it_is_over(signed_in, decided, why):
    if why == "revoked":
        revoke(decided)
    else:
        change(decided, name_decided_at=None)
    client = signed_in(decided.student)

    response = client.get(share_at(decided, "linkedin"))
    client.post(page_of(decided, "shared"))

    assert (response["Location"], steps(decided)) == (page_of(decided, "share"), set())


def test_a_way_that_is_none_is_not_there(signed_in, decided):
    assert signed_in(decided.student).get(share_at(decided, "telegraph")).status_code == 404


def test_the_sheet_and_the_page_offer_the_ways_that_are_noted_to_the_student_alone(signed_in, client, decided):
    student = signed_in(decided.student)
    sheet, page, visitors = (
        student.get(page_of(decided, "share")).text,
        student.get(page_of(decided)).text,
        client.get(page_of(decided)).text,
    )

    assert [share_at(decided, "profile") in text for text in (sheet, page, visitors)] == [True, True, False]
    assert [text.count(f'data-told="{page_of(decided, "shared")}"') for text in (sheet, page, visitors)] == [1, 6, 0]
    assert share_at(decided, "linkedin") in page
    assert "https://www.linkedin.com/sharing/" in visitors
