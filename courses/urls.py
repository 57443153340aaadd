"""Addresses of course assignments."""

from django.urls import path

from courses import views

app_name = "courses"

urlpatterns = [
    path("course-assignments/", views.assignments, name="assignments"),
    path("course-assignments/<int:assignment_id>/", views.assignment, name="assignment"),
    path("course-assignments/<int:assignment_id>/complete/", views.complete, name="complete_assignment"),
    path("course-assignments/<int:assignment_id>/issue-badge/", views.issue_badge, name="issue_badge"),
]
