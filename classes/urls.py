"""Addresses of classes, rosters and transcripts."""

from django.urls import path

from classes.views import classes, issuing, transcripts, wrapping_up

app_name = "classes"

urlpatterns = [
    path("transcript/", transcripts.mine, name="transcript"),
    path("transcript/<int:user_id>/", transcripts.of, name="transcript_of"),
    path("classes/", classes.list_, name="list"),
    path("classes/<int:class_id>/", classes.details, name="details"),
    path("classes/<int:class_id>/roster/", classes.roster, name="roster"),
    path("classes/<int:class_id>/roster/add-students/", classes.add_students, name="add_students"),
    path("classes/<int:class_id>/roster/<int:enrollment_id>/issue-badge/", classes.issue_badge, name="issue_badge"),
    path("classes/<int:class_id>/wrap-up/", wrapping_up.wrap_up, name="wrap_up"),
    path(
        "classes/<int:class_id>/wrap-up/choose-badges/",
        issuing.choose_badges,
        {"page": wrapping_up.WRAP_UP},
        name="wrap_up_choose_badges",
    ),
    path("classes/<int:class_id>/issue-badges/", issuing.issue_badges, name="issue_badges"),
    path("classes/<int:class_id>/issue-badges/choose-badges/", issuing.choose_badges, name="choose_badges"),
    path("classes/<int:class_id>/issue-badges/choose-students/", issuing.choose_students, name="choose_students"),
    path("classes/<int:class_id>/issue-badges/<int:batch_id>/", issuing.issued_badges, name="issued_badges"),
]
