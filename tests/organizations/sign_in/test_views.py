import pytest
from django.conf import settings
from django.contrib.messages import get_messages
from django.test import override_settings

from organizations.models import User
from tests.factories import PASSWORD, BrandFactory, OrganizationFactory
from tests.organizations.sign_in.signing_in import sign_in

pytestmark = pytest.mark.django_db


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
        "The user name or password is incorrect. Passwords are case-sensitive."
    ]


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
    assert "Your last change was not saved" in client.get(answer["Location"]).content.decode()


def test_a_preview_of_an_ended_session_takes_no_page_away_and_leaves_the_word_to_save(client):
    press = {"HX-Request": "true", "Referer": "http://testserver/password/"}

    answer = client.post("/password/", headers=press | {"Asks-Alone": "on"})

    assert answer.status_code == 204
    assert not list(get_messages(answer.wsgi_request))
    assert client.post("/password/", headers=press)["HX-Redirect"].startswith("/sign-in/")


def test_a_page_of_another_site_is_not_led_back_to(client):
    answer = client.get("/password/", headers={"HX-Request": "true", "HX-Current-URL": "https://evil.test/"})

    assert answer["HX-Redirect"] == "/sign-in/?next=/"


def test_after_an_ended_session_the_page_is_really_reached(student, client):
    page = "http://testserver/password/"

    assert sign_in(client, next=page)["Location"] == page


@override_settings(SITE_NAME="Bay Academy")
def test_the_page_carries_the_site_s_name(client):
    assert "<title>Sign in · Bay Academy</title>" in client.get("/sign-in/").content.decode()


@pytest.mark.parametrize("page", ["/sign-in/", "/password/forgotten/"])
def test_a_browser_that_was_signed_in_is_shown_whose_account_it_was(student, client, page):
    BrandFactory.create(organization=student.organization, name="Northern Lights")
    OrganizationFactory.create(name="Another tree")
    before = client.get(page)
    sign_in(client)
    client.post("/sign-out/")

    after = client.get(page)

    assert "Northern Lights" not in before.text
    assert after.context["brand"].styles in after.text
    assert "Northern Lights</span>" in after.text


@pytest.mark.parametrize("forged", ["1", "1:x:y", "\x00", ""])
def test_nobody_learns_whose_customers_are_here_by_counting_up(student, client, forged):
    BrandFactory.create(organization=student.organization, name="Northern Lights")
    OrganizationFactory.create(name="Another tree")
    client.cookies[settings.BRAND_COOKIE_NAME] = forged

    page = client.get(
        f"/sign-in/?organization={student.organization_id}&next=/organizations/{student.organization_id}/brand/"
    )

    assert page.context["brand"] is None
    assert "Northern Lights" not in page.text


def test_a_long_name_becomes_no_markup_on_the_sign_in_page(student, client):
    type(student.organization).objects.update(name="<b>" + "ש" * 240)
    BrandFactory.create(organization=student.organization, name="")

    sign_in(client)
    client.post("/sign-out/")

    page = client.get("/sign-in/").text

    assert "&lt;b&gt;שש" in page
    assert "<b>ש" not in page
