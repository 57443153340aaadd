"""What the filters of course assignments find, before any page is asked."""

import datetime as dt

import pytest
from django.http import QueryDict
from django.test import RequestFactory

from courses.forms import AssignmentFilter
from courses.models import CourseAssignment
from courses.states import with_state
from tests.factories import PAST, CourseAssignmentFactory

AT = PAST + dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("state", "found"),
    [("open", ["begun", "new"]), ("in_progress", ["begun"]), ("expired", ["late"]), ("", ["begun", "late", "new"])],
)
def test_what_can_still_be_completed_is_open(world, state, found):
    for name, values in {"begun": {"started_at": PAST}, "late": {"expires_at": PAST}, "new": {}}.items():
        CourseAssignmentFactory.create(course__name=name, **{"expires_at": None} | values)
    assignments = with_state(CourseAssignment.objects.all(), at=AT)
    request = RequestFactory().get("/")
    vars(request)["user"] = world.administrator

    rows = AssignmentFilter(QueryDict(f"state={state}"), assignments, request=request).qs

    assert sorted(row.course.name for row in rows) == found
