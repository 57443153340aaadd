import datetime as dt

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from organizations.models import User
from organizations.sign_in.authentication import account_name
from tests.factories import PASSWORD, StudentFactory
from tests.old_names import migrate, without_rules

pytestmark = pytest.mark.django_db


@pytest.fixture
def student():
    return StudentFactory.create(username="ada", email="Ada@Example.test")


def sign_in(client, username="ada", password=PASSWORD, **more):
    return client.post("/sign-in/", {"username": username, "password": password, **more})


@pytest.mark.parametrize("name", ["ada", "Ada", "ａｄａ", "ada@example.test", "ADA@EXAMPLE.TEST"])
def test_signs_in_by_user_name_and_by_address(student, client, name):
    response = sign_in(client, name)

    assert (response.status_code, response["Location"]) == (302, "/")
    assert client.session["_auth_user_id"] == str(student.pk)


@pytest.mark.parametrize(("name", "password"), [("ada", "wrong"), ("nobody", PASSWORD), ("no@body.test", PASSWORD)])
def test_refuses_with_one_answer_for_whatever_is_wrong(student, client, name, password):
    response = sign_in(client, name, password)

    assert response.status_code == 200
    assert response.context["form"].non_field_errors() == [
        "User name or password is wrong. Capital letters matter in the password alone."
    ]


def test_an_address_opens_the_account_whose_address_it_is(student, client):
    """Also where another one has it as its name: from before names were held to their rules."""
    without_rules()
    StudentFactory.create(username="ada@example.test", email="eve@example.test", password="another good password")
    migrate()

    assert sign_in(client, "ada@example.test", "another good password").status_code == 200
    assert sign_in(client, "ada@example.test").status_code == 302
    assert client.session["_auth_user_id"] == str(student.pk)


def test_refuses_an_account_that_is_disabled(student, client):
    student.is_active = False
    student.save()

    assert sign_in(client).status_code == 200


@pytest.mark.parametrize(
    "target",
    ["https://evil.test/", "//evil.test", "https:evil.test", "/\\evil.test", "javascript:alert(1)", "\r\n//evil.test"],
)
def test_leads_nowhere_outside(student, client, target):
    assert sign_in(client, next=target)["Location"] == "/"


def test_leads_to_the_page_that_was_asked_for(student, client):
    assert sign_in(client, next="/password/?x=1")["Location"] == "/password/?x=1"


def test_the_session_gets_a_new_id(student, client):
    client.get("/sign-in/")
    client.cookies[settings.SESSION_COOKIE_NAME] = "x" * 32

    sign_in(client)

    assert client.session.session_key not in (None, "x" * 32)


def test_the_fifth_bad_attempt_is_the_last_for_a_while(student, client):
    answers = [sign_in(client, password="wrong").status_code for _ in range(5)]

    assert answers == [200, 200, 200, 200, 429]
    assert sign_in(client).status_code == 429
    assert "Wait 15 minutes" in sign_in(client).content.decode()
    assert sign_in(client)["Retry-After"] == "900"


def test_an_unknown_name_is_throttled_like_a_known_one(client):
    answers = [sign_in(client, "nobody", "wrong").status_code for _ in range(5)]

    assert answers == [200, 200, 200, 200, 429]


def test_a_forwarded_address_does_not_escape_the_throttle(student):
    answers = [
        sign_in(Client(headers={"X-Forwarded-For": f"192.0.2.{n}"}), password="wrong").status_code for n in range(5)
    ]

    assert answers[-1] == 429


@pytest.mark.parametrize(
    "names",
    [
        ["ada", "ada@example.test", "ＡＤＡ@example.test", "Ada", " ada "],
        ["nobody", "NOBODY", "ｎｏｂｏｄｙ", " nobody ", "noBody"],
        ["no@body.test", "No@body.test", "no@BODY.test", "NO@BODY.TEST", "no@body.test"],
    ],
    ids=["account", "unknown name", "unknown address"],
)
def test_every_way_to_write_a_name_shares_its_attempts(student, client, names):
    answers = [sign_in(client, name, "wrong").status_code for name in names]

    assert answers == [200, 200, 200, 200, 429]


def test_a_name_that_grows_when_its_case_is_folded_is_refused_like_any_other(client):
    assert (
        sign_in(client, "\N{LATIN SMALL LIGATURE FFI}\N{LATIN SMALL LETTER SHARP S}" * 80, "wrong").status_code == 200
    )
    assert sign_in(client, "\N{LATIN SMALL LETTER SHARP S}" * 200, "wrong").status_code == 200


@pytest.mark.parametrize(("typed", "index"), [("Ada@Example.test", "user_email_unique"), ("Ada", "user_name_unique")])
def test_an_account_is_looked_up_by_the_index(world, typed, index):
    """Among so many that no other plan comes near, whatever is known of the table by then."""
    names = [f"somebody-{number}" for number in range(2_000)]
    User.objects.bulk_create(
        User(username=name, email=f"{name}@example.test", organization=world.academy) for name in names
    )
    with connection.cursor() as cursor, CaptureQueriesContext(connection) as queries:
        cursor.execute("ANALYZE organizations_user")
        account_name(typed)
        lookup = next(query["sql"] for query in queries.captured_queries if "LOWER" in query["sql"])
        cursor.execute("EXPLAIN " + lookup)
        plan = "\n".join(line for (line,) in cursor.fetchall())

    assert index in plan


def fail_at(address, *names, client=None):
    """The statuses of failed attempts for the names from the address."""
    return [sign_in(client or Client(REMOTE_ADDR=address), name, "wrong").status_code for name in names]


@pytest.mark.parametrize("name", ["ada", "nobody"])
def test_an_account_is_paused_whatever_the_addresses(student, name):
    answers = [status for n in range(6) for status in fail_at(f"192.0.2.{n}", *[name] * 4)]

    assert answers == [200] * 24
    assert fail_at("192.0.2.100", name, name) == [200, 429]


def test_an_address_is_paused_whatever_the_names():
    answers = fail_at("192.0.2.1", *(f"nobody-{n}" for n in range(100)))

    assert answers == [200] * 100
    assert fail_at("192.0.2.1", "somebody") == [429]
    assert fail_at("192.0.2.2", "somebody") == [200]


def test_one_attacker_does_not_use_up_the_attempts_of_an_account(student, client):
    fail_at("192.0.2.1", *["ada"] * 40)

    assert sign_in(client).status_code == 302


def test_a_known_device_is_spared_what_many_attackers_use_up(student, client):
    sign_in(client)
    client.post("/sign-out/")
    for n in range(6):
        fail_at(f"192.0.2.{n}", *["ada"] * 5)

    assert sign_in(Client()).status_code == 429
    assert sign_in(client).status_code == 302


def test_a_known_device_is_known_for_its_own_account_alone(student, client):
    StudentFactory.create(username="eve")
    sign_in(client, "eve")
    client.post("/sign-out/")
    for n in range(6):
        fail_at(f"192.0.2.{n}", *["ada"] * 5)

    assert sign_in(client).status_code == 429


def test_a_success_does_not_give_an_address_new_attempts_for_other_names(student):
    client = Client(REMOTE_ADDR="192.0.2.1")
    fail_at("192.0.2.1", *["nobody"] * 4)

    sign_in(client)

    assert fail_at("192.0.2.1", "nobody") == [429]


def test_attempts_in_the_pause_do_not_prolong_it(student, client):
    with time_machine.travel("2026-03-02T09:00Z", tick=False) as clock:
        fail_at("127.0.0.1", *["ada"] * 5)
        clock.shift(dt.timedelta(minutes=10))
        fail_at("127.0.0.1", "ada")
        clock.shift(dt.timedelta(minutes=6))

        assert sign_in(client).status_code == 302


def test_a_subscriber_s_many_addresses_are_one(student):
    answers = [status for n in range(5) for status in fail_at(f"2001:db8:1:2::{n}", "ada")]

    assert answers == [200, 200, 200, 200, 429]


def test_signing_out_takes_a_post_and_ends_the_session(student, signed_in):
    client = signed_in(student)
    old = client.cookies[settings.SESSION_COOKIE_NAME].value

    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/")["Location"] == "/sign-in/"

    client.cookies[settings.SESSION_COOKIE_NAME] = old
    assert client.get("/")["Location"] == "/sign-in/?next=/"


def test_whoever_is_signed_out_already_can_sign_out(client):
    assert client.post("/sign-out/")["Location"] == "/sign-in/"


def test_whoever_is_signed_in_skips_the_form(student, signed_in):
    assert signed_in(student).get("/sign-in/")["Location"] == "/"


def test_changing_the_password_ends_the_other_sessions(student, signed_in):
    here, elsewhere = signed_in(student), signed_in(student)
    new = "a staple of battery horses"

    answer = here.post("/password/", {"old_password": PASSWORD, "new_password1": new, "new_password2": new})

    assert answer["Location"] == "/password/done/"
    assert here.get("/password/done/").status_code == 200
    assert elsewhere.get("/").status_code == 302


def test_the_administration_has_no_other_way_to_change_one_s_own_password(world, signed_in):
    client = signed_in(world.administrator)

    for path in ("/admin/password_change/", f"/admin/organizations/user/{world.administrator.pk}/password/"):
        assert client.get(path)["Location"] == "/password/"
        new = {"password1": "a staple of battery horses", "password2": "a staple of battery horses"}
        assert client.post(path, {**new, "usable_password": "true"})["Location"] == "/password/"
    assert User.objects.get(pk=world.administrator.pk).check_password(PASSWORD)


def test_a_page_asked_for_signed_out_comes_after_signing_in(client):
    assert client.get("/password/?x=1")["Location"] == "/sign-in/?next=/password/%3Fx%3D1"


def test_a_dialog_of_an_ended_session_leads_the_whole_page_to_sign_in(client):
    page = "http://testserver/classes/1/roster/"

    answer = client.get("/password/", headers={"HX-Request": "true", "HX-Current-URL": page})

    assert answer.status_code == 200
    assert answer["HX-Redirect"] == "/sign-in/?next=http%3A//testserver/classes/1/roster/"


@pytest.mark.parametrize(
    ("referer", "target"), [("http://testserver/password/?a=b", "http%3A//testserver/password/%3Fa%3Db"), ("", "/")]
)
def test_a_form_of_an_ended_session_leads_back_to_its_page_and_says_so(client, referer, target):
    answer = client.post("/password/", headers={"Referer": referer})

    assert answer["Location"] == f"/sign-in/?next={target}"
    assert "nothing was saved" in client.get(answer["Location"]).content.decode()


def test_a_page_of_another_site_is_not_led_back_to(client):
    answer = client.get("/password/", headers={"HX-Request": "true", "HX-Current-URL": "https://evil.test/"})

    assert answer["HX-Redirect"] == "/sign-in/?next=/"


def test_after_an_ended_session_the_page_is_really_reached(student, client):
    page = "http://testserver/password/"

    assert sign_in(client, next=page)["Location"] == page


@override_settings(SITE_NAME="Bay Academy")
def test_the_page_carries_the_site_s_name(client):
    assert "<title>Sign in · Bay Academy</title>" in client.get("/sign-in/").content.decode()
