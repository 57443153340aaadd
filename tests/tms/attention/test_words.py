"""The sentences of Needs attention that depend on what is there."""

import datetime as dt

import pytest
from django.utils import timezone

from tests.factories import BadgeProviderFactory, ClassFactory, HoldFactory, InstructorFactory, StudentFactory
from tms.attention import words
from tms.attention.finding import Kind


@pytest.mark.parametrize(
    ("email", "said"),
    [
        ("", "Sam Park has no e-mail address"),
        ("nonsense", "The e-mail address of Sam Park is not valid"),
        ("o'hara@example.test", "The badges of Sam Park leave with the next full sweep"),
    ],
)
def test_of_an_address(email, said):
    assert words.of_address(StudentFactory.build(last_name="Park", email=email)) == said


@pytest.mark.parametrize(
    ("is_active", "said"),
    [(False, "The account of Sam is closed"), (True, "The account of Sam lacks a first or last name")],
)
def test_of_an_account(is_active, said):
    assert words.of_account(StudentFactory.build(last_name="", is_active=is_active)) == said


@pytest.mark.parametrize(
    ("days", "said"), [(6, "The API token of Credly ends on"), (-6, "The API token of Credly ended on")]
)
def test_of_a_token(days, said):
    ends_at = timezone.now() + dt.timedelta(days=days)

    assert words.of_token(BadgeProviderFactory.build(name="Credly", token_expires_at=ends_at)).startswith(said)


@pytest.mark.parametrize(
    ("limit", "is_enabled", "said"),
    [
        (100, True, "Your limit is 100 at a time. Everything else continues."),
        (None, True, ""),
        (100, False, "The achievement is disabled, so no one would be awarded."),
    ],
)
def test_beside_awards(limit, is_enabled, said):
    hold = HoldFactory.build(achievement__organization__approval_limit=limit, achievement__is_enabled=is_enabled)

    assert words.beside_awards(hold) == said


@pytest.mark.parametrize(
    ("fields", "is_mine", "said"),
    [
        ({}, True, "We retry automatically."),
        ({"paused_at": timezone.now(), "pause_reason": "Why"}, True, "Why"),
        ({"paused_at": timezone.now(), "pause_reason": "Why"}, False, "Acme"),
        ({"is_enabled": False, "pause_reason": "Why"}, True, "Acme"),
    ],
)
def test_beside_a_provider(fields, is_mine, said):
    provider = BadgeProviderFactory.build(organization__name="Acme", **fields)

    assert words.beside_provider(provider, is_mine=is_mine) == said


@pytest.mark.parametrize(
    ("unset", "names", "reader", "said"),
    [
        (3, ["Ana"], None, "Completions are not set. Taught by Ana."),
        (0, ["Ana", "Bo", "Cy", "Di"], None, "Students completed, and no badge was issued. Taught by Ana, Bo, Cy."),
        (0, ["Ana"], 0, "Students completed, and no badge was issued."),
        (1, [], None, "Completions are not set. No one teaches it."),
    ],
)
def test_beside_a_class(world, unset, names, reader, said):
    instructors = [InstructorFactory.create(first_name=name, last_name="") for name in names]
    klass = ClassFactory.create(instructors=instructors)

    assert words.beside_class(klass, unset, world.student if reader is None else instructors[reader]) == said


def test_every_kind_has_a_name():
    assert set(words.KINDS) == set(Kind)
