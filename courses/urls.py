"""Addresses of course assignments."""

from django.urls import path

from courses.views import assignments

app_name = "courses"

urlpatterns = [
    path("course-assignments/", assignments.assignments, name="assignments"),
    path("course-assignments/<int:assignment_id>/", assignments.assignment, name="assignment"),
    path("course-assignments/<int:assignment_id>/complete/", assignments.complete, name="complete_assignment"),
    path("course-assignments/<int:assignment_id>/issue-badge/", assignments.issue_badge, name="issue_badge"),
]
