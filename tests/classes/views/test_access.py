from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.test import RequestFactory

from classes.views.access import class_to_issue_from, class_with_roster, page_or_dialog
from organizations.models import User
from tests.factories import ClassFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def ask(world):
    """What a door answers to a persona: the class, or the status that the page would have."""

    def ask_for(door, persona, klass):
        request = RequestFactory().get("/")
        vars(request)["user"] = world.personas[persona]
        try:
            return door(request, klass.pk)
        except PermissionDenied:
            return 403
        except Http404:
            return 404

    return ask_for


def test_a_roster_opens_to_who_teaches_or_manages_its_class(world, ask):
    answers = {persona: ask(class_with_roster, persona, world.klass) for persona in world.personas}

    assert answers == {
        "administrator": world.klass,
        "instructor": world.klass,
        "contractor": world.klass,
        "student": 403,
        "stranger": 404,
    }


@pytest.mark.parametrize(("persona", "status"), [("instructor", 403), ("contractor", 404)])
def test_a_class_that_others_teach_is_out_of_reach_or_out_of_sight(world, ask, persona, status):
    assert ask(class_with_roster, persona, ClassFactory.create(organization=world.academy)) == status


def test_who_opens_a_roster_still_needs_leave_to_issue_from_it(world, ask):
    assert ask(class_to_issue_from, "instructor", world.klass) == world.klass

    Permission.objects.get(codename="issue_badges").group_set.clear()
    world.instructor = User.objects.get(pk=world.instructor.pk)

    assert ask(class_with_roster, "instructor", world.klass) == world.klass
    assert ask(class_to_issue_from, "instructor", world.klass) == 403


@pytest.mark.parametrize(("is_htmx", "expected"), [(True, "a.html#dialog"), (False, "a.html")])
def test_htmx_asks_for_the_dialog_alone(is_htmx, expected):
    request: Any = RequestFactory().get("/")
    request.htmx = is_htmx

    assert page_or_dialog(request, "a.html") == expected
