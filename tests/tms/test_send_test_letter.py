import socket
import socketserver
import threading
from io import StringIO

import pytest
from django.core import mail
from django.core.management import CommandError, call_command

from organizations.models import PasswordLetter
from tests.factories import PAST, StudentFactory
from tests.mail_server import MailServer

pytestmark = pytest.mark.django_db


class Rude(socketserver.BaseRequestHandler):
    """Hangs up without a word."""

    def handle(self):
        pass


@pytest.fixture
def to_the_server_at(settings):
    """Has letters go to a mail server at host and port."""

    def point(host, port, **options):
        settings.MAILERS = {
            "default": {
                "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
                "OPTIONS": {"host": host, "port": port, "timeout": 60, **options},
            }
        }

    return point


@pytest.fixture
def server(to_the_server_at):
    with MailServer() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        to_the_server_at("127.0.0.1", server.server_address[1])
        yield server
        server.shutdown()


def send(address: str) -> str:
    output = StringIO()
    call_command("send_test_letter", address, stdout=output)
    return output.getvalue()


def refusal(address: str = "rowan@example.test") -> str:
    with pytest.raises(CommandError) as refused:
        send(address)
    return str(refused.value)


def test_a_letter_that_the_server_takes_is_told_with_sender_and_address(server, settings):
    settings.DEFAULT_FROM_EMAIL = "Training <badges@example.test>"

    said = send("rowan@example.test")

    assert said == (
        f"The mail server 127.0.0.1:{server.server_address[1]} took a letter from Training <badges@example.test>"
        " to rowan@example.test. See whether it arrives.\n"
    )
    [letter] = server.letters
    assert "Subject: A test letter of Laurel" in letter


def test_without_a_mail_server_it_says_where_the_letter_is_kept(settings):
    said = send("rowan@example.test")

    assert said == (
        f"Without PRODUCTION nothing is sent: the letter to rowan@example.test is kept in {settings.MAIL_ROOT}.\n"
    )
    assert [letter.to for letter in mail.outbox] == [["rowan@example.test"]]


def test_what_is_no_address_is_not_sent(server):
    assert refusal("rowan") == "“rowan” is no e-mail address. Give one such as you@example.org."
    assert server.sessions == 0


def test_an_address_that_the_server_refuses(server):
    assert "took the letter" not in refusal("nobody@example.test")
    assert "It refused the address you gave. Try another one. (SMTPRecipientsRefused" in refusal("nobody@example.test")


def test_a_port_where_nobody_listens(to_the_server_at):
    with socket.socket() as probe:  # bound, and never listening
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        to_the_server_at("127.0.0.1", port)

        said = refusal()

    assert said.startswith(f"The mail server 127.0.0.1:{port} did not take the letter. Nothing listens there.")


def test_a_name_that_no_server_has(to_the_server_at):
    to_the_server_at("mail.invalid", 25)

    assert "No server has that name. Check the host in EMAIL_URL." in refusal()


def test_encryption_that_the_server_does_not_offer(server, to_the_server_at):
    to_the_server_at("127.0.0.1", server.server_address[1], use_tls=True)

    assert "It does not offer what EMAIL_URL asks for." in refusal()


@pytest.mark.parametrize("options", [{}, {"use_ssl": True}], ids=["plain", "ssl"])
def test_a_server_that_hangs_up(to_the_server_at, options):
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Rude) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        to_the_server_at("127.0.0.1", server.server_address[1], **options)

        said = refusal()

        server.shutdown()
    assert "It ended the conversation." in said or "It cannot be reached." in said


def test_a_letter_that_the_server_takes_ends_what_was_given_up_before(server):
    student = StudentFactory.create()
    PasswordLetter.objects.create(user=student, asked_at=PAST, failure="given_up", failed_since=PAST)

    send("rowan@example.test")

    assert PasswordLetter.objects.filter(failure="", failed_since=None).count() == 1
