"""How the threads of one run are shared out: nobody waits for somebody else's provider. With real threads and commits.

Whatever keeps a thread is kept until the test has seen what it waits for: no machine is too slow, or too quick.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator

import pytest
from cryptography.fernet import Fernet
from django.db import connection
from django.utils import timezone

from badges.delivery import rounds
from badges.models import Badge, IssuedBadge
from organizations.roles import install_roles
from tests.achievements.processes import another_session, wait_until
from tests.factories import BadgeFactory, IssuedBadgeFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _roles_come_back():
    """The flush after a test with real transactions takes the roles, which the other tests expect, with it."""
    yield
    install_roles()


THREADS = 4
# Seconds: longer than any test waits, so that nothing ends by itself.
FOREVER = 600


@pytest.fixture(autouse=True)
def four_threads(settings):
    settings.DELIVERY_THREADS = THREADS
    settings.PROVIDER_READ_TIMEOUT = settings.PROVIDER_TOTAL_TIMEOUT = FOREVER


def at_credly(credly, **fields) -> Badge:
    provider = credly.provider(**fields)
    return BadgeFactory.create(
        provider=provider, organization=provider.organization, provider_template_id=credly.template()
    )


def wait_to_be_sent(badge: Badge, count: int) -> None:
    status = "accepted" if badge.provider.is_built_in else "pending"
    IssuedBadgeFactory.create_batch(
        count, badge=badge, status=status, delivery="pending", delivered_at=None, next_attempt_at=timezone.now()
    )


def deliver_and_close() -> None:
    try:
        rounds.deliver_due(seconds=FOREVER)
    finally:
        connection.close()


@contextlib.contextmanager
def delivering(*, until: Callable[[], object]) -> Iterator[None]:
    """Deliver in a thread meanwhile; `until` then lets go of what keeps it."""
    run = threading.Thread(target=deliver_and_close)
    run.start()
    try:
        yield
    finally:
        until()
        run.join()


def is_delivered(badge: Badge) -> bool:
    return not badge.issued.exclude(delivery=IssuedBadge.Delivery.DELIVERED).exists()


def under_way(credly) -> int:
    return sum(request.status is None for request in credly.requests("issue"))


def test_a_slow_provider_keeps_nobody_else_waiting(credly):
    slow, quick = at_credly(credly), at_credly(credly)
    credly.fault("stuck", template=slow.provider_template_id, times=99)
    wait_to_be_sent(slow, 20)
    wait_to_be_sent(quick, 1)

    with delivering(until=credly.let_go):
        wait_until(lambda: is_delivered(quick))
        delivered_meanwhile = slow.issued.filter(delivery="delivered").count()

    assert (delivered_meanwhile, is_delivered(slow)) == (0, True)


def test_whoever_comes_later_finds_a_free_thread(credly):
    slow, quick = at_credly(credly), at_credly(credly)
    credly.fault("stuck", template=slow.provider_template_id, times=99)
    wait_to_be_sent(slow, 20)

    with delivering(until=credly.let_go):
        wait_until(lambda: under_way(credly) == THREADS - 2)
        wait_to_be_sent(quick, 1)
        wait_until(lambda: is_delivered(quick))
        delivered_meanwhile = slow.issued.filter(delivery="delivered").count()

    assert (delivered_meanwhile, is_delivered(slow)) == (0, True)


def test_what_the_built_in_issuer_has_to_sign_keeps_nobody_else_waiting(credly):
    """Nobody can sign while somebody else has the table of credentials: whoever tries is kept so long."""
    built_in, outside = BadgeFactory.create(), at_credly(credly)
    wait_to_be_sent(built_in, THREADS * rounds.CHUNK)
    wait_to_be_sent(outside, 3)
    other = another_session()
    other.execute("LOCK TABLE badges_credential IN SHARE MODE")

    with delivering(until=other.close):
        wait_until(lambda: is_delivered(outside))
        signed_meanwhile = built_in.issued.filter(delivery="delivered").count()

    assert (signed_meanwhile, is_delivered(built_in)) == (0, True)


def test_many_providers_take_no_more_threads_than_one(credly):
    badges = [at_credly(credly) for _provider in range(12)]
    for badge in badges:
        wait_to_be_sent(badge, 2)
    credly.answer_after(0.2)

    rounds.deliver_due(seconds=FOREVER)

    assert [is_delivered(badge) for badge in badges] == [True] * 12
    moments = [request.at for request in credly.requests("issue")]
    busiest = max(sum(moment <= other < moment + 0.19 for other in moments) for moment in moments)
    assert busiest <= 4


@contextlib.contextmanager
def poisoned(row: IssuedBadge, column: str):
    """An error of the database that is one row's own: a text that no column can take."""
    name = connection.ops.quote_name(column)
    with connection.cursor() as cursor:
        cursor.execute(
            f"ALTER TABLE badges_issuedbadge ADD CONSTRAINT poison CHECK (id <> %s OR {name} = '')", [row.pk]
        )
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE badges_issuedbadge DROP CONSTRAINT poison")


def test_a_row_that_cannot_be_written_stops_no_other_of_its_provider(credly, settings):
    settings.DELIVERY_BACKOFF = [0.1]
    badge = at_credly(credly)
    wait_to_be_sent(badge, 6)
    row, *others = badge.issued.order_by("next_attempt_at", "pk")

    with poisoned(row, "external_id"):
        rounds.deliver_due(seconds=FOREVER)

    row.refresh_from_db()
    assert {one.delivery for one in badge.issued.exclude(pk=row.pk)} == {"delivered"}
    assert (row.delivery, row.failure_code, row.attempts) == ("failed", "defect", 4)
    assert len(credly.badges()) == len(others) + 1


def test_a_row_that_cannot_be_written_stops_no_other_that_is_to_be_signed(settings):
    settings.DELIVERY_BACKOFF = [0.1]
    badge = BadgeFactory.create()
    wait_to_be_sent(badge, 6)
    row = badge.issued.order_by("next_attempt_at", "pk")[0]

    with poisoned(row, "external_id"):
        rounds.deliver_due(seconds=FOREVER)

    row.refresh_from_db()
    assert {one.delivery for one in badge.issued.exclude(pk=row.pk)} == {"delivered"}
    assert (row.delivery, row.failure_code, row.attempts) == ("failed", "defect", 4)


def test_a_provider_whose_row_makes_us_fail_stops_no_other(credly, settings):
    """Its token was encrypted, and is no text."""
    settings.DELIVERY_BACKOFF = [0.1]
    no_text = Fernet(settings.ENCRYPTION_KEYS[0]).encrypt(b"\xff").decode()
    broken, well = at_credly(credly, encrypted_token=no_text), at_credly(credly)
    wait_to_be_sent(broken, 1)
    wait_to_be_sent(well, 3)

    rounds.deliver_due(seconds=FOREVER)

    row = broken.issued.get()
    assert (row.delivery, row.failure_code, row.sent_at) == ("failed", "defect", None)
    assert row.failure_message == "We could not deliver this badge because of an internal error. The log says why."
    assert is_delivered(well)
