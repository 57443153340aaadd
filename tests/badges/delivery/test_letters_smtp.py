"""The letters on their way through a real mail server on this machine."""

import threading
from email import message_from_string, policy

import pytest

from badges.delivery.letters import write_due
from badges.models import BadgeLetter
from tests.factories import PAST, BadgeFactory, IssuedBadgeFactory, StudentFactory
from tests.mail_server import MailServer


@pytest.fixture
def server(settings):
    with MailServer() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        options = {"host": "127.0.0.1", "port": server.server_address[1], "timeout": 60}
        settings.MAILERS = {
            "default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": options},
        }
        yield server
        server.shutdown()


@pytest.fixture
def letters(world):
    badge = BadgeFactory.create(organization=world.academy, name="改善 Kaizen")
    students = [
        StudentFactory.create(organization=world.academy, email=f"{name}@example.test")
        for name in ("ada", "nobody", "zoe")
    ]
    issued = [IssuedBadgeFactory.create(badge=badge, student=student) for student in students]
    return [BadgeLetter.objects.create(issued_badge=one, next_attempt_at=PAST) for one in issued]


def test_all_letters_go_over_one_connection_past_one_that_is_refused(server, letters):
    assert write_due() == 2

    assert (server.sessions, len(server.letters)) == (1, 2)
    failures = list(BadgeLetter.objects.order_by("pk").values_list("failure", flat=True))
    assert failures == [
        "",
        "SMTPRecipientsRefused: {'nobody@example.test': (550, b'5.1.1 no such mailbox')}",
        "",
    ]


def test_a_subject_in_any_script_arrives(server, letters):
    write_due()

    message = message_from_string(server.letters[0], policy=policy.default)
    assert message["Subject"] == "You have earned the badge 改善 Kaizen"
    assert message["Message-ID"] == f"<badge-{letters[0].issued_badge.public_id}@127.0.0.1>"


def test_a_server_that_is_away_loses_nothing(server, letters, settings, caplog):
    settings.MAILERS["default"]["OPTIONS"]["port"] = 1

    assert write_due() == 0

    assert BadgeLetter.objects.filter(sent_at=None, next_attempt_at=None).count() == 0
    assert "ConnectionRefusedError" in caplog.text
