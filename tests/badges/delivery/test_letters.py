"""The letters to students: what they say, and that each arrives whatever happens."""

import datetime as dt
import logging
import smtplib

import pytest
from django.core import mail
from django.core.mail.backends import locmem
from django.utils import timezone

from badges.delivery.letters import WAITS, write_due
from badges.models import BadgeLetter, BadgeProvider, IssuedBadge
from badges.public.letter_links import letter_link
from operation.leases import LEASE
from operation.outages import MAIL_SERVER
from organizations.models import PasswordLetter, User
from tests.factories import PAST, BadgeFactory, BadgeProviderFactory, BrandFactory, IssuedBadgeFactory, StudentFactory
from tests.racing import at_once

PAYLOAD = "<script>alert(1)</script>"
NOW = dt.datetime(2026, 3, 2, 10, tzinfo=dt.UTC)


class Server(locmem.EmailBackend):
    """A mail server that refuses, or is away, as `says` wants; by address."""

    says: dict[str, Exception] = {}

    def send_messages(self, messages):
        for message in messages:
            error = self.says.get(message.to[0]) or self.says.get("*")
            if error is not None:
                raise error
        return super().send_messages(messages)


@pytest.fixture(autouse=True)
def server(settings):
    settings.PUBLIC_URL = "https://laurel.test"
    settings.DEFAULT_FROM_EMAIL = "Laurel <badges@laurel.test>"
    settings.MAILERS = {"default": {"BACKEND": "tests.badges.delivery.test_letters.Server"}}
    mail.outbox = []
    yield Server
    Server.says = {}
    MAIL_SERVER.end()


@pytest.fixture
def issued(world):
    world.academy.time_zone = "Europe/Paris"
    world.academy.save()
    badge = BadgeFactory.create(
        organization=world.academy,
        name="Network Defender",
        description="Defends networks.",
        provider__name="Academy of Laurels",
        provider__contact_email="badges@academy.test",
    )
    student = StudentFactory.create(organization=world.academy, first_name="Zoë", email="zoe@example.test")
    return IssuedBadgeFactory.create(badge=badge, student=student, source_words="Securing Networks")


def letter_to(issued, **values):
    return BadgeLetter.objects.create(issued_badge=issued, **{"next_attempt_at": PAST, **values})


def stored(letter):
    found = BadgeLetter.objects.get(pk=letter.pk)
    return found.sent_at, found.next_attempt_at, found.attempts, found.failure


def html_of(message):
    return message.alternatives[0].content


def test_a_letter_tells_of_the_badge(issued):
    letter = letter_to(issued)

    assert write_due(at=NOW) == 1

    (message,) = mail.outbox
    assert (message.to, message.subject) == (["zoe@example.test"], "You have earned the badge Network Defender")
    assert (message.from_email, message.reply_to) == ("Laurel <badges@laurel.test>", ["badges@academy.test"])
    assert message.body == (
        "Hello Zoë,\n"
        "\n"
        "Academy of Laurels has issued you the badge “Network Defender”.\n"
        "Issued to a participant of the class “Securing Networks”.\n"
        "\n"
        "Defends networks.\n"
        "\n"
        "Issued: 2 Mar 2026\n"
        "\n"
        "Your badge's page:\n"
        f"{letter_link(issued)}\n"
        "\n"
        "On that page you can download the badge, add it to LinkedIn, your e-mail signature or a website, and let anyone"
        " verify it. Sign in there to decide whether it shows your name. Until then, it does not.\n"
        "\n"
        "-- \n"
        "Academy · Laurel\n"
    )
    assert stored(letter) == (NOW, None, 1, "")


@pytest.mark.parametrize("kind", BadgeProvider.Kind)
def test_the_letter_tells_what_our_page_can_do_where_the_badge_is_shown_by_us(issued, kind):
    IssuedBadge.objects.update(provider=BadgeProviderFactory.create(kind=kind))
    letter_to(issued)

    write_due(at=NOW)

    (message,) = mail.outbox
    is_told = ["On that page you can download" in text for text in (message.body, html_of(message))]
    assert is_told == [kind == BadgeProvider.Kind.BUILT_IN] * 2


def test_the_letter_has_the_brand_s_head_colour_and_name(issued, world):
    BrandFactory.create(organization=world.umbrella, name="North & <Co>", colour="#123456", logo="logos/x.png")
    letter_to(issued)

    write_due(at=NOW)

    (message,) = mail.outbox
    html = html_of(message)
    assert 'src="https://laurel.test/media/logos/x.png"' in html
    assert "background:#123456;color:#ffffff" in html
    assert html.count("North &amp; &lt;Co&gt;") == 2
    assert message.body.endswith("-- \nNorth & <Co> · Laurel\n")


def test_a_letter_without_a_brand_has_the_house_s_colour_and_no_head(issued):
    letter_to(issued)

    write_due(at=NOW)

    html = html_of(mail.outbox[0])
    assert "background:#1b6a4c;color:#ffffff" in html
    assert html.count("<img") == 1


def test_the_letter_says_until_when(issued):
    IssuedBadge.objects.update(expires_at=dt.datetime(2099, 7, 1, 22, tzinfo=dt.UTC))
    letter_to(issued)

    write_due(at=NOW)

    assert "Valid until: 2 Jul 2099\n" in mail.outbox[0].body
    assert "Valid until: 2 Jul 2099" in html_of(mail.outbox[0])


def test_the_letter_is_known_again_by_its_id(issued):
    letter = letter_to(issued)
    write_due(at=NOW)
    BadgeLetter.objects.filter(pk=letter.pk).update(sent_at=None, next_attempt_at=PAST)

    write_due(at=NOW)

    ids = [message.message()["Message-ID"] for message in mail.outbox]
    assert ids == [f"<badge-{issued.public_id}@laurel.test>"] * 2


def test_the_letter_is_made_of_text_and_html_without_a_picture_that_tells_on_its_reader(issued):
    letter_to(issued)

    write_due(at=NOW)

    html = html_of(mail.outbox[0])
    assert f'href="{letter_link(issued)}"' in html
    assert 'src="https://laurel.test/static/img/seal.png"' in html
    assert "?" not in "".join(part.partition('"')[0] for part in html.split('src="')[1:] + html.split('href="')[1:])
    assert mail.outbox[0].message()["Auto-Submitted"] == "auto-generated"


def test_nobody_s_words_become_markup_or_headers(issued):
    issued.badge.name = f"{PAYLOAD}\r\nBcc: everybody@example.test"
    issued.badge.description = PAYLOAD
    issued.badge.save()
    issued.provider.name = PAYLOAD
    issued.provider.save()
    issued.student.first_name = PAYLOAD
    issued.student.save()
    letter_to(issued)

    write_due(at=NOW)

    (message,) = mail.outbox
    assert message.subject == f"You have earned the badge {PAYLOAD} Bcc: everybody@example.test"
    assert message.message()["Bcc"] is None
    assert PAYLOAD not in html_of(message)
    assert html_of(message).count("&lt;script&gt;") >= 4


def test_what_is_not_due_waits(issued):
    letter = letter_to(issued, next_attempt_at=NOW + dt.timedelta(seconds=1))

    assert write_due(at=NOW) == 0
    assert stored(letter) == (None, NOW + dt.timedelta(seconds=1), 0, "")


def test_the_database_s_clock_is_the_clock(issued):
    letter = letter_to(issued, next_attempt_at=timezone.now() - dt.timedelta(seconds=1))

    assert write_due() == 1

    sent_at = stored(letter)[0]
    assert abs(sent_at - timezone.now()) < dt.timedelta(minutes=1)


def test_no_letter_is_begun_once_the_time_is_over(issued):
    for _ in range(3):
        letter_to(IssuedBadgeFactory.create(student=issued.student))

    assert (write_due(at=NOW, seconds=0), write_due(at=NOW, seconds=0), write_due(at=NOW)) == (1, 1, 1)


def revoke(issued):
    IssuedBadge.objects.filter(pk=issued.pk).update(status="revoked", revoked_at=PAST)


def deactivate(issued):
    issued.student.is_active = False
    issued.student.save()


def forget_address(issued):
    issued.student.email = ""
    issued.student.save()


def end(issued):
    issued.expires_at = NOW
    issued.save()


@pytest.mark.parametrize(
    ("meanwhile", "reason"),
    [
        (revoke, "The badge was revoked before the letter was sent."),
        (deactivate, "The student's account is not active."),
        (end, "The badge had ended before the letter was sent."),
        (forget_address, "The student's account has no e-mail address."),
    ],
)
def test_what_need_not_be_said_any_more_is_not_sent_and_says_why(issued, meanwhile, reason):
    letter = letter_to(issued)
    meanwhile(issued)

    assert write_due(at=NOW) == 0
    assert (stored(letter), mail.outbox) == ((None, None, 1, reason), [])


def test_the_letter_goes_to_the_student_s_address_of_now(issued):
    letter_to(issued)
    issued.student.email = "new@example.test"
    issued.student.save()

    write_due(at=NOW)

    assert mail.outbox[0].to == ["new@example.test"]


REFUSED = smtplib.SMTPRecipientsRefused({"zoe@example.test": (550, b"no such user")})


@pytest.mark.parametrize(("attempts", "wait"), list(enumerate([30, 120, 600, 3600, 14400, 43200, 86400])))
def test_a_refused_letter_is_tried_again_later_and_later(issued, server, attempts, wait):
    server.says = {"zoe@example.test": REFUSED}
    letter = letter_to(issued, attempts=attempts)

    assert write_due(at=NOW) == 0

    failure = "SMTPRecipientsRefused: {'zoe@example.test': (550, b'no such user')}"
    assert stored(letter) == (None, NOW + dt.timedelta(seconds=wait), attempts + 1, failure)


def test_a_letter_that_is_refused_to_the_end_is_given_up(issued, server):
    server.says = {"zoe@example.test": REFUSED}
    letter = letter_to(issued, attempts=len(WAITS))

    write_due(at=NOW)

    assert stored(letter)[1:3] == (None, len(WAITS) + 1)


def test_one_refused_letter_holds_up_no_other(issued, server):
    server.says = {"zoe@example.test": REFUSED}
    letter_to(issued)
    letter_to(IssuedBadgeFactory.create())

    assert write_due(at=NOW) == 1


@pytest.mark.parametrize("error", [ConnectionRefusedError("nobody there"), smtplib.SMTPServerDisconnected("gone")])
def test_a_mail_server_that_is_away_is_asked_once_and_no_letter_is_to_blame(issued, server, error, caplog):
    caplog.set_level(logging.WARNING)
    server.says = {"*": error}
    first, second = letter_to(issued), letter_to(IssuedBadgeFactory.create())

    assert write_due(at=NOW) == 0

    failure = f"{type(error).__name__}: {error}"
    assert stored(first) == (None, NOW + dt.timedelta(minutes=2), 0, failure)
    assert stored(second) == (None, PAST, 0, "")
    assert caplog.messages == [f"The mail server is away: {failure}"]


def test_letters_go_out_once_the_mail_server_is_back(issued, server):
    server.says = {"*": ConnectionRefusedError("nobody there")}
    letter = letter_to(issued)
    write_due(at=NOW)
    server.says = {}

    assert write_due(at=NOW + dt.timedelta(minutes=2)) == 1
    assert stored(letter) == (NOW + dt.timedelta(minutes=2), None, 1, "")


def test_a_fault_of_ours_in_one_letter_is_kept_logged_and_holds_up_no_other(issued, server, caplog):
    caplog.set_level(logging.WARNING)
    server.says = {"zoe@example.test": KeyError("a bug")}
    letter = letter_to(issued)
    letter_to(IssuedBadgeFactory.create())

    assert write_due(at=NOW) == 1
    assert stored(letter) == (None, NOW + dt.timedelta(seconds=30), 1, "KeyError: 'a bug'")
    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_the_claim_of_a_killed_worker_ends_and_the_letter_is_sent(issued, server):
    class Killed(BaseException):
        """Nothing of the worker's code runs after this."""

    server.says = {"*": Killed()}
    letter = letter_to(issued)
    with pytest.raises(Killed):
        write_due(at=NOW)
    server.says = {}

    too_early, later = write_due(at=NOW + dt.timedelta(minutes=4)), write_due(at=NOW + LEASE)

    assert (too_early, later) == (0, 1)
    assert stored(letter) == (NOW + LEASE, None, 2, "")


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_each_letter_once(world):
    badge = BadgeFactory.create(organization=world.academy)
    issued = [
        IssuedBadgeFactory.create(badge=badge, student=student)
        for student in StudentFactory.create_batch(12, organization=world.academy)
    ]
    for one in issued:
        letter_to(one)

    sent = at_once(write_due, write_due, write_due)

    assert sum(sent) == 12
    assert sorted(message.to[0] for message in mail.outbox) == sorted(one.student.email for one in issued)
    assert BadgeLetter.objects.filter(sent_at=None).count() == 0


def test_a_letter_that_leaves_ends_what_was_given_up_of_others(issued):
    PasswordLetter.objects.create(user=issued.student, asked_at=PAST, failure="given_up", failed_since=PAST)
    letter_to(issued)

    write_due(at=NOW)

    assert PasswordLetter.objects.filter(failure="", failed_since=None).count() == 1


@pytest.mark.parametrize(("language", "word"), [("de", "Ausgestellt"), ("", "Issued")])
def test_a_letter_is_written_in_the_students_language(issued, language, word):
    User.objects.filter(pk=issued.student_id).update(language=language)
    letter_to(issued)

    write_due(at=NOW)

    message = mail.outbox[0]
    assert (word in message.body, word in html_of(message)) == (True, True)
    assert ("Sie haben" in message.subject) == (language == "de")
