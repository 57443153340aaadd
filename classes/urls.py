"""Addresses of classes, rosters and transcripts."""

from django.urls import path

from classes import views

app_name = "classes"

urlpatterns = [
    path("transcript/", views.transcript, name="transcript"),
    path("classes/", views.list_, name="list"),
    path("classes/<int:class_id>/", views.details, name="details"),
    path("classes/<int:class_id>/roster/", views.roster, name="roster"),
    path("classes/<int:class_id>/roster/add-students/", views.add_students, name="add_students"),
    path("classes/<int:class_id>/roster/<int:enrollment_id>/issue-badge/", views.issue_badge, name="issue_badge"),
    path("classes/<int:class_id>/issue-badges/", views.issue_badges, name="issue_badges"),
    path("classes/<int:class_id>/issue-badges/choose-badges/", views.choose_badges, name="choose_badges"),
    path("classes/<int:class_id>/issue-badges/choose-students/", views.choose_students, name="choose_students"),
    path("classes/<int:class_id>/issue-badges/<int:batch_id>/", views.issued_badges, name="issued_badges"),
]
