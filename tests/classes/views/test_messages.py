"""What a roster says after something was done to it."""

from django.contrib import messages
from django.contrib.messages.storage.cookie import CookieStorage
from django.test import RequestFactory

from badges.issuing.reports import Refusal
from classes.enrolling import Added, NotAdded
from classes.models import Enrollment
from classes.views.messages import tell_added, tell_saved
from tests.factories import StudentFactory


def said(tell, *arguments):
    request = RequestFactory().get("/")
    vars(request)["_messages"] = CookieStorage(request)
    tell(request, *arguments)
    return [str(message) for message in messages.get_messages(request)]


def test_saving_nothing_is_said_too():
    assert said(tell_saved, 0) == ["No changes to save."]
    assert said(tell_saved, 2) == ["2 changes saved."]


def test_those_who_were_not_added_are_named_once_for_each_reason():
    people = [StudentFactory.build(first_name="Ann", last_name=name) for name in ("A", "B", "C")]
    full, twice = Refusal("full", "The class is full."), Refusal("twice", "Already there.")
    added = Added([], [NotAdded(people[0], full), NotAdded(people[1], twice), NotAdded(people[2], full)])

    assert said(tell_added, added, Enrollment.Status.ENROLLED) == [
        "Not added: Ann A, Ann C. The class is full.",
        "Not added: Ann B. Already there.",
    ]
