"""Looking for a badge that Credly may have made."""

import uuid

from badges.providers.base import FoundBadges, RateLimited, Recipient, RemoteState, Uncertain
from tests.badges.providers.conftest import EARNER, SAM, a_request


def test_find_issued_finds_by_our_own_reference(opened, credly):
    template = credly.template()
    issued = opened.issue(a_request(template))
    moved = Recipient("moved@student.example", "Sam", "Student", EARNER)

    assert opened.find_issued(template, moved) == FoundBadges((issued.badge,))


def test_find_issued_finds_by_address_whatever_its_case(opened, credly):
    template = credly.template()
    issued = opened.issue(a_request(template, Recipient("SAM@student.example", "Sam", "Student", "of-long-ago")))

    assert opened.find_issued(template, SAM) == FoundBadges((issued.badge,))


def test_find_issued_asks_no_further_when_a_badge_is_held(opened, credly):
    template = credly.template()
    opened.issue(a_request(template))

    opened.find_issued(template, SAM)

    assert len(credly.requests("list")) == 1


def test_find_issued_gives_the_newest_first_whatever_their_state(opened, credly):
    template = credly.template(allow_duplicate_badges=True)
    made = [opened.issue(a_request(template)).badge.external_id for _ in range(3)]
    for badge in made:
        credly.set_state(badge, "revoked")

    found = opened.find_issued(template, SAM)

    assert [(badge.external_id, badge.state) for badge in found.badges] == [
        (badge, RemoteState.REVOKED) for badge in reversed(made)
    ]


def test_find_issued_knows_nobody(opened, credly):
    template = credly.template()
    opened.issue(a_request(template))
    nobody = Recipient("nobody@student.example", "No", "Body", str(uuid.uuid4()))

    assert opened.find_issued(template, nobody) == FoundBadges()


def test_find_issued_keeps_templates_apart(opened, credly):
    opened.issue(a_request(credly.template()))

    assert opened.find_issued(credly.template("Another"), SAM) == FoundBadges()


def test_find_issued_does_not_trust_the_filter(answering):
    others = {
        "data": [
            {"id": "1", "badge_template": {"id": "t"}, "recipient_email": "other@student.example"},
            {"id": "2", "badge_template": {"id": "u"}, "recipient_email": "sam@student.example"},
            {"id": "3", "badge_template": {"id": "t"}, "user": {"email": "sam@student.example"}},
        ]
    }

    assert answering(others).find_issued("t", SAM) == FoundBadges()


def test_find_issued_does_not_say_nobody_before_the_end_of_the_list(answering):
    others = {"data": [{"id": "1", "badge_template": {"id": "t"}}], "metadata": {"total_pages": 1_000_000}}

    found = answering(others).find_issued("t", SAM)

    assert found == Uncertain("Credly lists too many badges to find this one among them.")


def test_find_issued_looks_further_than_the_first_page(opened, credly):
    """An address with a mark of the filter's grammar is looked for among all badges of the template."""
    template = credly.template()
    for number in range(51):
        person = Recipient(f"student{number}@student.example", "Sam", "Student", str(uuid.uuid4()))
        opened.issue(a_request(template, person))
    oldest = credly.badges()[0]

    found = opened.find_issued(template, Recipient("a|b@student.example", "A", "B", oldest["issuer_earner_id"]))

    assert [badge.external_id for badge in found.badges] == [oldest["id"]]


def test_a_mark_of_the_filters_grammar_is_not_sent_in_it(opened, credly):
    opened.find_issued("t", Recipient("a|state::b,c@student.example", "A", "B", EARNER))

    assert [seen.query for seen in credly.requests("list")] == [
        f"filter=issuer_earner_id%3A%3A{EARNER}%7Cbadge_template_id%3A%3At&sort=-created_at&page=1",
        "filter=badge_template_id%3A%3At&sort=-created_at&page=1",
    ]


def test_find_issued_hands_on_faults(opened, credly):
    credly.fault("rate_limited", call="list", retry_after=3)

    assert opened.find_issued("t", SAM) == RateLimited("Credly was asked too often.", 3.0)
