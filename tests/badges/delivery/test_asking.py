"""What a claimed badge's provider is asked, in which order, and what counts as its answer."""

import datetime as dt
from dataclasses import replace
from typing import Any, cast

import pytest
from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone

from badges.delivery.asking import CLOCK_SKEW, LOOKS, ask, is_to_be_sent
from badges.delivery.claims import Claim, claim
from badges.delivery.pacing import NoTurnError, at_work
from badges.delivery.recording import Adopted, Answer, Failed, NotIssued, Postponed, Unlisted
from badges.models import BadgeProvider, BadgeTemplate, IssuedBadge
from badges.providers.base import (
    AlreadyHeld,
    Capabilities,
    FoundBadges,
    Issued,
    IssueRequest,
    Lasts,
    Missing,
    NotSent,
    Provider,
    RateLimited,
    Recipient,
    RecipientRefused,
    Refused,
    RemoteBadge,
    RemoteState,
    RemoteTemplate,
    Revoked,
    Scope,
    TemplateUnusable,
    Unauthorized,
    Uncertain,
)
from badges.secrets import UnreadableSecretError
from tests.badges.delivery.scripted import LIKE_CREDLY, MADE, STRICT, Scripted
from tests.factories import BadgeFactory, BadgeProviderFactory, BadgeTemplateFactory, IssuedBadgeFactory, StudentFactory

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)
MOMENT = dt.timedelta(microseconds=1)
SETTLE = dt.timedelta(seconds=settings.DELIVERY_SETTLE)
LOOSE = RemoteTemplate("welding", "Welding", allows_duplicates=True)
HELD = [RemoteState.PENDING, RemoteState.ACCEPTED]
PAST = [RemoteState.REJECTED, RemoteState.REVOKED]
UNREACHED = NotSent("No answer.")
FAULTS = [Unauthorized("Token."), RateLimited("Too often.", 3.0), UNREACHED, Uncertain("Cut.")]
NO_READING = Refused("May not read.", Scope.ISSUED_BADGES)
# What an answer to a reading call is told as: without the permission to read, nothing can be delivered safely.
READINGS = [*((one, one) for one in [*FAULTS, Refused("No.")]), (NO_READING, Unauthorized("May not read."))]
TRIED_AGAIN = Unlisted("We could not deliver this badge because of an internal error. We retry automatically.")
NOT_YET = Unlisted("The provider gave no answer and does not list the badge yet.")
CLOSED = Failed("student_inactive", "The student's account was closed before the badge was sent.")
EMPTY = TemplateUnusable("The badge has no badge provider template id.")


@pytest.fixture
def outside() -> BadgeProvider:
    """Nobody is there: whatever is asked of it is not sent."""
    return BadgeProviderFactory.create(kind="credly", provider_organization_id="o", api_url="http://127.0.0.1:1/v1")


def claimed(provider: BadgeProvider, *, template: str = "welding", allows: bool | None = False, **fields: Any) -> Claim:
    """Claimed for the first time, of a template that is known to allow no duplicates, unless it is said otherwise."""
    badge = BadgeFactory.create(provider=provider, organization=provider.organization, provider_template_id=template)
    fields = {"status": "pending", "delivery": "pending", "delivered_at": None} | fields
    IssuedBadgeFactory.create(badge=badge, next_attempt_at=timezone.now(), **fields)
    found = claim(provider.pk)
    assert found is not None
    return replace(found, allows_duplicates=allows)


def sent(provider: BadgeProvider, *, ago: dt.timedelta = HOUR, **fields: Any) -> Claim:
    """Sent once, from a template that the badge has no more, without an answer."""
    defaults: dict[str, Any] = {"sent_at": timezone.now(), "template_ref": "old", "attempts": 1, "template": "new"}
    one = claimed(provider, **defaults | fields)
    return replace(one, sent_at=one.claimed_at - ago)


def revoked(**fields: Any) -> dict[str, Any]:
    return {"status": "revoked", "revoked_at": timezone.now(), "revocation_reason": "A mistake."} | fields


def answer_to(claimed: Claim, provider: Scripted) -> Answer:
    provider.about = claimed
    return ask(lambda: cast("Provider", provider), claimed)  # asked for no more than this


def recipient_of(one: Claim) -> Recipient:
    student = one.issued.student
    return Recipient(student.email, "Sam", student.last_name, str(student.earner_id))


def there(one: Claim, state: RemoteState, **fields) -> RemoteBadge:
    """A badge at the provider that carries this student's own id."""
    return RemoteBadge("theirs", state, **{"earner_ref": str(one.issued.student.earner_id)} | fields)


def failing(error: Exception):
    def opened():
        raise error

    return opened


# --- What keeps us from asking at all


@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (NoTurnError(), Postponed()),
        (
            UnreadableSecretError(),
            Unauthorized("A stored secret cannot be read: it was encrypted with a key that is gone."),
        ),
        (ValueError(), TRIED_AGAIN),
    ],
)
def test_what_keeps_us_from_asking_is_an_answer(outside, error, answer):
    assert ask(failing(error), claimed(outside)) == answer


@pytest.mark.parametrize(
    ("before", "answer"),
    [
        (2, TRIED_AGAIN),
        (3, Failed("defect", "We could not deliver this badge because of an internal error. The log says why.")),
    ],
)
def test_a_defect_of_ours_is_told_to_a_person_after_three_attempts(outside, before, answer):
    assert ask(failing(ValueError()), claimed(outside, attempts=before)) == answer


def test_what_the_database_refuses_is_the_callers(outside):
    with pytest.raises(DatabaseError):
        ask(failing(DatabaseError()), claimed(outside))


# --- The first attempt


def test_what_is_sent_is_the_badge_as_it_was_issued(outside):
    until = timezone.now() + HOUR
    one = claimed(outside, source_words="Welding, spring", expires_at=until)
    provider = Scripted()

    assert answer_to(one, provider) == Issued(MADE)
    evidence = {"name": "Welding, spring", "description": "Issued to a participant of the class “Welding, spring”."}
    issued = one.issued
    request = IssueRequest("welding", recipient_of(one), issued.issued_at, issued.public_id, until, [evidence])
    assert provider.asked == [("issue", request)]


def test_a_badge_without_an_end_lasts_as_its_template_says(outside):
    one, provider = claimed(outside), Scripted()
    answer_to(one, provider)

    issued = one.issued
    request = IssueRequest(
        "welding", recipient_of(one), issued.issued_at, issued.public_id, Lasts.TEMPLATE_DEFAULT, evidence=[]
    )
    assert provider.asked == [("issue", request)]


@pytest.mark.parametrize("days", [30, -1])
def test_nobody_is_told_of_a_badge_that_had_ended_before_it_was_issued(outside, days):
    until = timezone.now() + dt.timedelta(days=days)
    one, provider = claimed(outside, expires_at=until), Scripted()
    answer_to(one, provider)

    issued = one.issued
    request = IssueRequest(
        "welding",
        recipient_of(one),
        issued.issued_at,
        issued.public_id,
        until,
        evidence=[],
        suppresses_letter=days < 0,
    )
    assert provider.asked == [("issue", request)]


def test_the_request_that_issues_is_told_from_those_before_and_after_it(outside):
    provider = Scripted(issues=REFUSAL)
    answer_to(sent(outside), provider)

    calls = list(zip(provider.calls, provider.leaves, strict=True))
    assert calls == [("find_issued", False), ("get_template", False), ("issue", True), ("find_issued", False)]


def test_our_own_issuer_has_what_it_makes_in_this_database(outside):
    one = claimed(BadgeProviderFactory.create(), template="")

    own = Scripted(capabilities=Capabilities(refuses_duplicates=True))
    assert (answer_to(one, own), own.calls) == (Issued(MADE), ["issue"])


def test_a_closed_account_and_a_missing_template_are_known_without_asking(outside):
    provider = Scripted()
    closed = claimed(outside, student=StudentFactory.create(is_active=False))
    empty = claimed(outside, template="")

    assert [answer_to(closed, provider), answer_to(empty, provider)] == [CLOSED, EMPTY]
    assert provider.asked == []
    assert not IssuedBadge.objects.filter(sent_at__isnull=False).exists()


REFUSES, REFUSES_NONE = Capabilities(refuses_duplicates=True), Capabilities(has_templates=True)


@pytest.mark.parametrize(
    ("allows", "attempts", "capabilities", "looks"),
    [
        (False, 0, LIKE_CREDLY, False),
        (True, 0, LIKE_CREDLY, True),
        (False, 1, LIKE_CREDLY, True),
        (False, 0, REFUSES_NONE, True),
        (None, 0, REFUSES, False),
    ],
)
def test_it_is_looked_for_before_it_is_sent_where_nobody_would_refuse_a_second(
    outside, allows, attempts, capabilities, looks
):
    one = claimed(outside, allows=allows, attempts=attempts)
    provider = Scripted(capabilities=capabilities)

    assert answer_to(one, provider) == Issued(MADE)
    assert provider.calls == ["find_issued", "issue"][not looks :]
    if looks:
        assert provider.asked[0] == ("find_issued", "welding", recipient_of(one))


@pytest.mark.parametrize(
    ("template", "calls"),
    [
        (STRICT, ["issue"]),
        (LOOSE, ["find_issued", "issue"]),
        (Missing(), ["issue"]),
        (Refused("May not read.", Scope.TEMPLATES), ["find_issued", "issue"]),
    ],
)
def test_a_template_that_is_not_known_is_read_first(outside, template, calls):
    provider = Scripted(template=template)

    assert answer_to(claimed(outside, allows=None), provider) == Issued(MADE)
    assert provider.asked[0] == ("get_template", "welding")
    assert provider.calls[1:] == calls


@pytest.mark.parametrize("template", [STRICT, LOOSE])
def test_what_was_read_of_a_template_is_known_to_the_others(outside, template):
    before = timezone.now()
    answer_to(claimed(outside, allows=None), Scripted(template=template))

    stored = BadgeTemplate.objects.get()
    assert (stored.provider, stored.external_id, stored.allows_duplicates) == (
        outside,
        "welding",
        template.allows_duplicates,
    )
    assert before <= stored.read_at <= timezone.now()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_template_that_cannot_be_read_now_sends_nothing(outside, fault):
    provider = Scripted(template=fault)

    assert (answer_to(claimed(outside, allows=None), provider), provider.calls) == (fault, ["get_template"])


# --- What is found there already


@pytest.mark.parametrize(("found", "answer"), READINGS)
def test_what_cannot_be_looked_for_is_not_sent(outside, found, answer):
    provider = Scripted(finds=found)

    assert (answer_to(claimed(outside, allows=True), provider), provider.calls) == (answer, ["find_issued"])


@pytest.mark.parametrize("state", HELD)
def test_a_badge_that_the_student_has_from_elsewhere_is_adopted_and_says_so(outside, state):
    theirs = RemoteBadge("theirs", state)
    provider = Scripted(finds=FoundBadges((MADE, theirs)))
    one = replace(claimed(outside, allows=True), others=frozenset({"made"}))

    words = "The student already has this badge at the provider."
    assert (answer_to(one, provider), provider.calls) == (Adopted(theirs, words), ["find_issued"])


@pytest.mark.parametrize("state", HELD)
def test_a_badge_that_was_sent_and_is_there_is_ours(outside, state):
    theirs = RemoteBadge("theirs", state)
    provider, one = Scripted(finds=FoundBadges((theirs,))), sent(outside)

    assert answer_to(one, provider) == Adopted(theirs)
    assert provider.asked == [("find_issued", "old", recipient_of(one))]


def test_a_badge_that_was_sent_is_found_though_the_account_was_closed(outside):
    one = sent(outside, student=StudentFactory.create(is_active=False))

    assert answer_to(one, Scripted(finds=FoundBadges((MADE,)))) == Adopted(MADE)


@pytest.mark.parametrize("state", PAST)
def test_a_badge_that_is_over_is_adopted_only_where_ours_may_have_made_it(outside, state):
    one = claimed(outside, allows=True)
    found = FoundBadges((there(one, state, created_at=timezone.now()),))

    assert answer_to(one, Scripted(finds=found)) == Issued(MADE)


@pytest.mark.parametrize("state", PAST)
@pytest.mark.parametrize(
    ("made", "clock", "is_ours"),
    [
        (-CLOCK_SKEW, None, True),
        (-CLOCK_SKEW - MOMENT, None, False),
        (HOUR, dt.timedelta(), True),
        (-HOUR, dt.timedelta(), False),
        (-HOUR, -HOUR, True),
        (dt.timedelta(), HOUR, False),
        (HOUR, HOUR, True),
    ],
)
def test_what_became_of_our_badge_is_told_by_the_providers_own_clock(outside, state, made, clock, is_ours):
    """`made`: how long after it was sent; `clock`: by how much the provider's is ahead, None where it did not say."""
    one = sent(outside)
    assert one.sent_at is not None
    theirs = there(one, state, created_at=one.sent_at + made)
    found = FoundBadges((theirs,), as_of=None if clock is None else timezone.now() + clock)

    answer = answer_to(one, Scripted(finds=found))

    assert answer == (Adopted(theirs) if is_ours else Issued(MADE))


@pytest.mark.parametrize("state", PAST)
def test_what_is_over_is_not_ours_with_another_id_or_where_it_was_known_before(outside, state):
    one = sent(outside)
    another = there(one, state, earner_ref="another")
    ours = replace(there(one, state), external_id="ours")
    provider = Scripted(finds=FoundBadges((another, replace(ours, external_id="known"), ours)))

    assert answer_to(replace(one, others=frozenset({"known"})), provider) == Adopted(ours)


# --- Sent once, without an answer, and not listed


@pytest.mark.parametrize("template", [STRICT, Missing()])
def test_it_is_sent_again_where_the_provider_refuses_a_second(outside, template):
    provider, one = Scripted(template=template), sent(outside)

    assert answer_to(one, provider) == Issued(MADE)
    assert provider.calls == ["find_issued", "get_template", "issue"]
    assert provider.asked[1] == ("get_template", "old")
    request = IssueRequest("old", recipient_of(one), one.issued.issued_at, one.issued.public_id, evidence=[])
    assert provider.asked[2] == ("issue", request)


@pytest.mark.parametrize(
    ("looks", "ago", "is_settled"),
    [(LOOKS, SETTLE, True), (LOOKS - 1, SETTLE, False), (LOOKS, SETTLE - MOMENT, False), (LOOKS + 1, HOUR, True)],
)
def test_where_duplicates_are_allowed_a_person_decides_in_the_end(outside, looks, ago, is_settled):
    provider = Scripted(template=LOOSE)

    answer = answer_to(sent(outside, looks=looks, ago=ago), provider)

    words = (
        "The provider gave no answer and does not list the badge. Its template allows duplicates, so we do "
        "not send it again automatically. Look at the provider's own pages, then retry to send it."
    )
    assert answer == (Failed("no_answer", words) if is_settled else NOT_YET)
    assert provider.calls == ["find_issued", "get_template"]


NO_TEMPLATES = Refused("May not read.", Scope.TEMPLATES)


@pytest.mark.parametrize("answer", [*FAULTS, Refused("No."), NO_TEMPLATES])
def test_a_template_that_cannot_be_asked_for_leaves_the_doubt(outside, answer):
    BadgeTemplateFactory.create(provider=outside, external_id="old", allows_duplicates=True)
    BadgeTemplateFactory.create(provider=outside, external_id="new", allows_duplicates=False)
    BadgeTemplateFactory.create(external_id="old", allows_duplicates=False)
    provider = Scripted(template=answer)

    assert (answer_to(sent(outside), provider), provider.calls) == (answer, ["find_issued", "get_template"])


def test_a_token_that_may_not_read_templates_relies_on_what_was_read_before(outside):
    BadgeTemplateFactory.create(provider=outside, external_id="old", allows_duplicates=False)

    assert answer_to(sent(outside), Scripted(template=NO_TEMPLATES)) == Issued(MADE)
    assert answer_to(sent(outside), Scripted(template=Refused("No."))) == Refused("No.")


def test_what_is_not_there_is_not_sent_again_to_a_closed_account(outside):
    one, provider = sent(outside, student=StudentFactory.create(is_active=False)), Scripted()

    assert (answer_to(one, provider), provider.calls) == (CLOSED, ["find_issued"])


# --- What the provider refuses


@pytest.mark.parametrize("outcome", [RecipientRefused("Names are missing."), *FAULTS])
def test_what_concerns_this_badge_alone_is_the_answer(outside, outcome):
    assert answer_to(claimed(outside), Scripted(issues=outcome)) == outcome


@pytest.mark.parametrize(
    ("template", "answer"),
    [
        (Missing(), TemplateUnusable("Not this one.")),
        (replace(STRICT, state="archived"), TemplateUnusable("Not this one.")),
        (replace(STRICT, state="draft"), TemplateUnusable("Not this one.")),
        (STRICT, RecipientRefused("Not this one.")),
        (UNREACHED, RecipientRefused("Not this one.")),
    ],
)
def test_a_refusal_that_blames_the_template_is_believed_if_the_template_says_so(outside, template, answer):
    provider = Scripted(issues=TemplateUnusable("Not this one."), template=template)

    assert answer_to(claimed(outside), provider) == answer
    assert provider.asked[1:] == [("get_template", "welding")]


REFUSAL = AlreadyHeld("Held already.")


@pytest.mark.parametrize(("found", "answer"), READINGS)
def test_a_first_badge_that_cannot_be_looked_for_is_no_refusal(outside, found, answer):
    assert answer_to(claimed(outside), Scripted(issues=REFUSAL, finds=found)) == answer


@pytest.mark.parametrize("state", HELD)
def test_the_badge_that_stood_in_the_way_is_adopted(outside, state):
    theirs = RemoteBadge("theirs", state)
    provider = Scripted(issues=REFUSAL, finds=FoundBadges((MADE, theirs)))
    one = replace(claimed(outside), others=frozenset({"made"}))

    assert answer_to(one, provider) == Adopted(theirs, "Held already.")
    assert provider.calls == ["issue", "find_issued"]
    assert provider.asked[1] == ("find_issued", "welding", recipient_of(one))


class Late(Scripted):
    """Lists the badge only once it was asked to make a second one."""

    def find_issued(self, template_ref: str, recipient: Recipient) -> Any:
        found = super().find_issued(template_ref, recipient)
        return found if "issue" in self.calls else FoundBadges()


@pytest.mark.parametrize("state", [*HELD, *PAST])
def test_a_badge_that_was_sent_and_is_listed_late_is_ours(outside, state):
    one = sent(outside)
    theirs = there(one, state)
    provider = Late(issues=REFUSAL, finds=FoundBadges((theirs,)))

    assert answer_to(one, provider) == Adopted(theirs)
    assert provider.calls == ["find_issued", "get_template", "issue", "find_issued"]


@pytest.mark.parametrize(("state", "words"), [(RemoteState.REJECTED, "Rejected"), (RemoteState.REVOKED, "Revoked")])
def test_a_badge_that_was_held_before_is_named_with_its_state(outside, state, words):
    known, theirs = RemoteBadge("known", RemoteState.REVOKED), RemoteBadge("theirs", state)
    provider = Scripted(issues=REFUSAL, finds=FoundBadges((known, theirs, MADE)))
    one = replace(claimed(outside), others=frozenset({"known", "made"}))

    assert answer_to(one, provider) == Failed(
        "held_before", f"Held already. (The badge is there in the state {words}.)"
    )


@pytest.mark.parametrize(("looks", "answer"), [(LOOKS - 1, Unlisted("Held already.")), (LOOKS, REFUSAL)])
def test_a_badge_that_stands_in_the_way_and_is_not_listed_is_looked_for_a_few_times(outside, looks, answer):
    known = RemoteBadge("known", RemoteState.REVOKED)
    one = replace(claimed(outside, looks=looks), others=frozenset({"known"}))

    assert answer_to(one, Scripted(issues=REFUSAL, finds=FoundBadges((known,)))) == answer


# --- Revoked here


def test_a_badge_that_was_revoked_before_it_was_sent_was_never_issued(outside):
    provider = Scripted()

    assert (answer_to(claimed(outside, **revoked()), provider), provider.asked) == (NotIssued(), [])


@pytest.mark.parametrize("is_readdressed", [True, False])
@pytest.mark.parametrize("outcome", [Revoked(), Missing(), Refused("No."), *FAULTS])
def test_a_revoked_badge_is_taken_back_there(outside, is_readdressed, outcome):
    provider = Scripted(revokes=outcome)
    one = claimed(outside, **revoked(external_id="ours", is_readdressed=is_readdressed))

    assert answer_to(one, provider) == outcome
    assert provider.asked == [("revoke", "ours", "A mistake.", is_readdressed)]


@pytest.mark.parametrize("state", [*HELD, *PAST])
def test_a_revoked_badge_whose_id_is_not_known_is_looked_for(outside, state):
    one = sent(outside, **revoked())
    provider = Scripted(finds=FoundBadges((RemoteBadge("another's", state), there(one, state))))

    assert answer_to(one, provider) == Revoked()
    assert provider.asked == [("find_issued", "old", recipient_of(one)), ("revoke", "theirs", "A mistake.", False)]
    assert IssuedBadge.objects.get(pk=one.issued.pk).external_id == "theirs"


@pytest.mark.parametrize(("found", "answer"), READINGS)
def test_a_revoked_badge_that_cannot_be_looked_for(outside, found, answer):
    provider = Scripted(finds=found)

    assert (answer_to(sent(outside, **revoked()), provider), provider.calls) == (answer, ["find_issued"])


def test_a_revoked_badge_that_is_another_rows_is_left_to_it(outside):
    one = sent(outside, **revoked())
    IssuedBadgeFactory.create(badge=one.issued.badge, external_id="theirs")
    provider = Scripted(finds=FoundBadges((there(one, RemoteState.PENDING),)))

    words = "The provider's badge belongs to another issued badge here."
    assert (answer_to(one, provider), provider.calls) == (Failed("held_by_another", words), ["find_issued"])


@pytest.mark.parametrize(
    ("looks", "ago", "answer"),
    [
        (LOOKS - 1, SETTLE, Unlisted("The provider does not list the badge yet.")),
        (LOOKS, SETTLE - MOMENT, Unlisted("The provider does not list the badge yet.")),
        (LOOKS, SETTLE, NotIssued()),
    ],
)
def test_a_revoked_badge_that_is_not_listed_was_not_issued_in_the_end(outside, looks, ago, answer):
    provider = Scripted()

    one = sent(outside, **revoked(looks=looks, ago=ago))

    assert (answer_to(one, provider), provider.calls) == (answer, ["find_issued"])


# --- What is left to be signed at once


@pytest.mark.parametrize(
    ("fields", "is_so"),
    [
        ({}, True),
        ({"attempts": 1}, False),
        ({"sent_at": timezone.now()}, False),
        (revoked(), False),
        ({"template": ""}, True),
    ],
)
def test_only_what_is_held_and_was_never_tried_is_left_to_be_signed(fields, is_so):
    one = claimed(BadgeProviderFactory.create(), **fields)

    with at_work(one.issued.provider) as opened:
        assert is_to_be_sent(opened, one) is is_so


def test_what_was_never_tried_is_not_left_for_a_closed_account():
    one = claimed(BadgeProviderFactory.create(), student=StudentFactory.create(is_active=False))

    with at_work(one.issued.provider) as opened:
        assert is_to_be_sent(opened, one) is False
