"""What is decided of held awards, and what their list is narrowed by."""

import pytest
from django.urls import reverse

from achievements.models import Hold
from achievements.pages.hold_forms import DecisionForm
from tests.achievements.pages.reading import messages_of, page
from tests.factories import HoldFactory


@pytest.mark.parametrize("decision", ["", "waiting", "lapsed", "maybe"])
def test_no_other_decision_is_taken(hold, administrator, decision):
    response = administrator.post(page("hold", hold.pk), {"decision": decision}, follow=True)

    hold.refresh_from_db()
    assert hold.decision == Hold.Decision.WAITING
    assert messages_of(response) == ["Choose Approve or Discard."]


def test_the_list_finds_what_waits(hold, administrator, world):
    HoldFactory.create(achievement__organization=world.academy, decision=Hold.Decision.DISCARDED)

    response = administrator.get(reverse("achievements:holds"), {"decision": "waiting"})

    assert list(response.context["listing"].page) == [hold]


@pytest.mark.parametrize(
    ("decision", "is_valid"), [("approved", True), ("discarded", True), ("waiting", False), ("", False)]
)
def test_a_decision_is_one_of_two(decision, is_valid):
    assert DecisionForm({"decision": decision}).is_valid() is is_valid
