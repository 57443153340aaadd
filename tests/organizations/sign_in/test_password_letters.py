"""The letter with a link to set a password: who gets one, how often, and what the link opens."""

import datetime as dt
import re
import smtplib
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.mail.backends import locmem
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from operation.outages import MAIL_SERVER
from organizations.models import PasswordLetter, User
from organizations.sign_in import password_letters
from organizations.sign_in.password_letters import PATIENCE, PAUSE, Unsent, ask, write_due
from tests.factories import PASSWORD, BrandFactory, OrganizationFactory, StudentFactory
from tests.racing import at_once

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 3, 2, 10, tzinfo=dt.UTC)
NEW = "a staple of battery horses"


class Server(locmem.EmailBackend):
    """A mail server that answers as `says` wants."""

    says: Exception | None = None

    def send_messages(self, messages):
        if self.says is not None:
            raise self.says
        return super().send_messages(messages)


@pytest.fixture(autouse=True)
def server(settings):
    settings.PUBLIC_URL = "https://laurel.test"
    settings.MAILERS = {"default": {"BACKEND": "tests.organizations.sign_in.test_password_letters.Server"}}
    mail.outbox = []
    yield Server
    Server.says = None
    MAIL_SERVER.end()


@pytest.fixture
def student():
    return StudentFactory.create(username="ada", email="Ada@Example.test", first_name="Ada")


def link() -> Any:
    """The way of the link in the only letter."""
    (letter,) = mail.outbox
    return re.findall(r"^https://laurel\.test(/password/set/\S+)$", str(letter.body), re.MULTILINE)[0]


def set_password(client, path):
    return client.post(client.get(path, follow=True).request["PATH_INFO"], {"new_password1": NEW, "new_password2": NEW})


@pytest.mark.parametrize("name", ["ada", "Ada", "ADA@example.test"])
def test_the_link_in_the_letter_sets_the_password_once(student, client, name):
    client.post("/password/forgotten/", {"username": name})
    assert write_due() == 1
    path = link()

    assert set_password(Client(), path)["Location"] == "/sign-in/"

    assert mail.outbox[0].to == ["Ada@Example.test"]
    assert client.post("/sign-in/", {"username": "ada", "password": NEW}).status_code == 302
    assert "This link does not work" in Client().get(path, follow=True).content.decode()


def test_a_link_that_works_shows_the_brand_of_its_account(student, client):
    BrandFactory.create(organization=student.organization, name="Northern Lights")
    OrganizationFactory.create(name="Another tree")
    client.post("/password/forgotten/", {"username": "ada"})
    write_due()
    path = link()

    works = Client().get(path, follow=True).text
    set_password(client, path)

    assert "Northern Lights" in works
    assert "Northern Lights" in client.get("/sign-in/").text
    assert "Northern Lights" not in Client().get(path, follow=True).text


def test_an_account_that_never_had_a_password_gets_one(client):
    student = StudentFactory.create(username="ivo", email="ivo@example.test")
    student.set_unusable_password()
    student.save()

    client.post("/password/forgotten/", {"username": "ivo@example.test"})
    write_due()
    set_password(Client(), link())

    assert User.objects.get(pk=student.pk).check_password(NEW)


def test_an_imported_account_gets_one(world, client, tmp_path: Path):
    path = tmp_path / "users.csv"
    path.write_text("username,organization,email\nzoe,Umbrella,zoe@example.test\n")
    call_command("import_training", str(path))

    client.post("/password/forgotten/", {"username": "zoe"})
    write_due()
    set_password(Client(), link())

    assert client.post("/sign-in/", {"username": "zoe", "password": NEW}).status_code == 302


def test_the_letter_says_what_it_is_and_leads_to_the_public_address(student, client):
    ask("ada", at=NOW)
    write_due(at=NOW)

    (letter,) = mail.outbox
    assert letter.subject == "Set your password for Laurel"
    assert letter.body.splitlines() == [
        "Hello Ada,",
        "",
        (
            "Somebody asked for a link to set the password of your account at Laurel. Was it you? Follow this link within a "
            "day. It works once:"
        ),
        "",
        f"https://laurel.test{link()}",
        "",
        "Your user name is ada. You can also sign in with this e-mail address.",
        "",
        "If it was not you, delete this letter. Your password stays as it is.",
        "",
        "-- ",
        f"{student.organization} · Laurel",
    ]


def test_the_letter_is_signed_by_the_brand(student, client):
    BrandFactory.create(organization=student.organization, name="North & Co")
    ask("ada", at=NOW)

    write_due(at=NOW)

    assert mail.outbox[0].body.splitlines()[-1] == "North & Co · Laurel"


def test_the_answer_is_the_same_for_whoever_asks_for_whomever(student, client):
    StudentFactory.create(username="closed", is_active=False)
    StudentFactory.create(username="without", email="")

    answers = [
        Client().post("/password/forgotten/", {"username": name}, follow=True)
        for name in ("ada", "nobody", "no@body.test", "closed", "without", "ada")
    ]

    pages = {re.sub(r"csrfmiddlewaretoken\S* value=\S+", "", answer.content.decode()) for answer in answers}
    assert {answer.status_code for answer in answers} == {200}
    assert len(pages) == 1
    assert "If this account exists, an e-mail with a link is on its way" in pages.pop()
    assert write_due() == 1


def test_one_account_gets_one_letter_in_a_while(student):
    for minutes in (0, 1, 9, 10, 15):
        ask("ada", at=NOW + dt.timedelta(minutes=minutes))
        write_due(at=NOW + dt.timedelta(minutes=minutes))

    assert dt.timedelta(minutes=10) == PAUSE
    assert len(mail.outbox) == 2


@pytest.mark.django_db(transaction=True)
def test_one_account_gets_one_letter_whoever_asks_and_writes_at_once(student):
    at_once(*[lambda: ask("ada", at=NOW)] * 4)
    at_once(*[lambda: write_due(at=NOW)] * 4)

    assert len(mail.outbox) == 1


def test_asking_counts_with_attempts_to_sign_in(student, client):
    for _ in range(2):
        client.post("/sign-in/", {"username": "ada", "password": "wrong"})

    assert [client.post("/password/forgotten/", {"username": n}).status_code for n in ("ada", "Ada", "ADA")] == [
        302,
        302,
        429,
    ]
    assert client.post("/sign-in/", {"username": "ada", "password": PASSWORD}).status_code == 429
    assert client.post("/password/forgotten/", {"username": "ada"}).status_code == 429


def test_whoever_has_set_a_password_has_new_attempts(student, client):
    for _ in range(3):
        client.post("/sign-in/", {"username": "ada", "password": "wrong"})
    client.post("/password/forgotten/", {"username": "ada"})
    write_due()

    set_password(client, link())

    assert client.post("/sign-in/", {"username": "ada", "password": "typo"}).status_code == 200
    assert client.post("/sign-in/", {"username": "ada", "password": NEW}).status_code == 302


def test_setting_a_password_ends_the_sessions_with_the_old_one(student, signed_in):
    elsewhere = signed_in(student)
    ask("ada", at=NOW)
    write_due(at=NOW)

    set_password(Client(), link())

    assert elsewhere.get("/").status_code == 302


def test_a_link_to_an_account_that_was_closed_since_does_not_work(student):
    ask("ada", at=NOW)
    write_due(at=NOW)
    User.objects.update(is_active=False)

    assert "This link does not work" in Client().get(link(), follow=True).content.decode()


def test_an_account_that_was_closed_since_gets_no_letter(student):
    ask("ada", at=NOW)
    User.objects.update(is_active=False)

    assert write_due(at=NOW) == 0


def test_a_link_works_for_a_day(student):
    with time_machine.travel(NOW, tick=False) as clock:
        ask("ada", at=NOW)
        write_due(at=NOW)
        clock.shift(dt.timedelta(hours=23))
        assert "This link does not work" not in Client().get(link(), follow=True).content.decode()
        clock.shift(dt.timedelta(hours=2))
        assert "This link does not work" in Client().get(link(), follow=True).content.decode()


@pytest.mark.parametrize("token", ["wrong", "a-b", "%00", "1-" + "f" * 32])
@pytest.mark.parametrize("uid", ["MQ", "%00", "zzzz", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5"])
def test_a_forged_link_does_not_work(client, uid, token):
    assert client.get(f"/password/set/{uid}/{token}/").status_code == 200


def test_a_mail_server_that_is_away_is_asked_again_for_an_hour(student, server):
    server.says = ConnectionRefusedError("away")
    ask("ada", at=NOW)
    assert write_due(at=NOW) == 0

    server.says = None
    assert write_due(at=NOW) == 0
    assert write_due(at=NOW + dt.timedelta(minutes=1)) == 1


def test_nobody_waits_for_a_letter_longer(student):
    ask("ada", at=NOW)

    assert write_due(at=NOW + PATIENCE + dt.timedelta(seconds=1)) == 0
    assert PasswordLetter.objects.get().next_attempt_at is None


@pytest.mark.parametrize("error", [smtplib.SMTPRecipientsRefused({}), RuntimeError("a fault")])
def test_a_letter_that_is_refused_keeps_no_other_back(student, server, error):
    server.says = error
    ask("ada", at=NOW)

    assert write_due(at=NOW) == 0
    assert PasswordLetter.objects.get().next_attempt_at is None


REFUSED = smtplib.SMTPRecipientsRefused({})
AWAY = ConnectionRefusedError("away")
MINUTE = dt.timedelta(minutes=1)


def asked(minutes: int, *names: str) -> None:
    """Accounts of these names ask for a letter so long before now; a worker comes at once and again after an hour."""
    at = timezone.now() - minutes * MINUTE
    for name in names:
        User.objects.filter(username=name).exists() or StudentFactory.create(username=name, email=f"{name}@x.test")
        ask(name, at=at)
    write_due(at=at)
    if minutes > 60:
        write_due(at=at + PATIENCE + MINUTE)


def promised() -> tuple[bool, int | None]:
    (promise,) = password_letters.promises()
    assert promise.name == "oldest_password_letter"
    return promise.is_kept, None if promise.age is None else round(promise.age / MINUTE)


def test_a_letter_that_was_sent_breaks_no_promise_in_one_query(django_assert_num_queries):
    asked(300, "ada")

    with django_assert_num_queries(1):
        assert promised() == (True, None)


@pytest.mark.parametrize(("minutes", "is_kept"), [(14, True), (16, False), (59, False), (100, False), (3000, False)])
def test_a_letter_that_does_not_leave_breaks_the_promise_also_once_it_was_given_up(server, minutes, is_kept):
    server.says = AWAY

    asked(minutes, "ada")

    assert promised() == (is_kept, minutes)


def test_asking_anew_makes_nothing_good(server):
    server.says = AWAY
    asked(500, "ada")
    asked(5, "ada")

    assert promised() == (False, 500)


def test_the_next_letter_that_leaves_makes_it_good(server):
    server.says = AWAY
    asked(500, "ada", "bea")
    server.says = None

    asked(1, "ada")

    assert (promised(), password_letters.unsent()) == ((True, None), Unsent(None, 0, 0))


@pytest.mark.parametrize(("names", "is_kept"), [(("ada", "bea"), True), (("ada", "bea", "cy"), False)])
def test_a_server_that_refuses_one_account_after_another_breaks_it(server, names, is_kept):
    server.says = REFUSED

    asked(30, *names)

    assert (promised()[0], password_letters.unsent().failed) == (is_kept, len(names))


def test_nobody_waits_for_the_letter_of_an_account_that_was_closed(server):
    server.says = AWAY
    asked(20, "ada")
    User.objects.update(is_active=False)
    waited = promised()
    write_due(at=timezone.now() + 2 * PATIENCE)
    User.objects.update(is_active=True)

    assert (waited, promised()) == ((True, None), (True, None))


@pytest.mark.parametrize(
    "says",
    [
        smtplib.SMTPRecipientsRefused({"Ada@Example.test": (450, b"4.2.0 Greylisted")}),
        smtplib.SMTPDataError(451, b"4.3.0 Try again later"),
    ],
)
def test_a_letter_that_a_server_would_take_later_is_tried_again_within_the_hour(student, server, says):
    server.says = says
    ask("ada", at=NOW)
    StudentFactory.create(username="bea", email="bea@example.test")
    ask("bea", at=NOW)

    refused = write_due(at=NOW)
    too_soon = write_due(at=NOW + dt.timedelta(seconds=50))
    server.says = None
    taken = write_due(at=NOW + MINUTE)

    assert (refused, too_soon, taken) == (0, 0, 2)
    assert not PasswordLetter.objects.exclude(failure="").exists()


@pytest.mark.parametrize("code", [550, 552])
def test_a_letter_that_a_server_takes_never_is_not_tried_again(student, server, code):
    server.says = smtplib.SMTPRecipientsRefused({"Ada@Example.test": (code, b"5.1.1 No such user")})
    ask("ada", at=NOW)
    write_due(at=NOW)
    server.says = None

    assert write_due(at=NOW + 2 * MINUTE) == 0


def test_a_mail_server_that_is_away_is_one_line_and_one_when_it_is_back(student, server, caplog):
    server.says = AWAY
    ask("ada", at=NOW)
    for minutes in range(5):
        write_due(at=NOW + minutes * MINUTE)
    server.says = None
    write_due(at=NOW + 5 * MINUTE)

    assert caplog.messages == ["The mail server is away: ConnectionRefusedError: away", "The mail server is back."]


def test_a_weak_password_is_refused(student, client):
    ask("ada", at=NOW)
    write_due(at=NOW)
    form = client.get(link(), follow=True).request["PATH_INFO"]

    answer = client.post(form, {"new_password1": "password1234", "new_password2": "password1234"})

    assert answer.context["form"].errors == {"new_password2": ["This password is too common."]}


def test_the_letter_is_written_in_the_persons_language(student):
    User.objects.filter(pk=student.pk).update(language="de")

    ask("ada", at=NOW)
    write_due(at=NOW)

    assert "Passwort" in mail.outbox[0].subject
