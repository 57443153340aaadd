"""Addresses of course assignments and of learning paths."""

from django.urls import path

from courses.views import assignments, paths

app_name = "courses"

urlpatterns = [
    path("course-assignments/", assignments.assignments, name="assignments"),
    path("course-assignments/<int:assignment_id>/", assignments.assignment, name="assignment"),
    path("course-assignments/<int:assignment_id>/complete/", assignments.complete, name="complete_assignment"),
    path("course-assignments/<int:assignment_id>/issue-badge/", assignments.issue_badge, name="issue_badge"),
    path("learning-paths/", paths.list_, name="paths"),
    path("learning-paths/create/", paths.create, name="path_create"),
    path("learning-paths/<int:path_id>/", paths.path, name="path"),
    path("learning-paths/<int:path_id>/edit/", paths.edit, name="path_edit"),
    path("learning-paths/<int:path_id>/of/<int:user_id>/", paths.path_of, name="path_of"),
    path("learning-paths/<int:path_id>/courses/", paths.path_courses, name="path_courses"),
    path("learning-paths/<int:path_id>/courses/choose/", paths.choose_courses, name="choose_courses"),
    path("learning-paths/<int:path_id>/courses/add/", paths.add_to_path, name="add_to_path"),
]
