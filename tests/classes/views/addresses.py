"""Addresses of the pages of the world's class."""

from django.urls import reverse

HTMX = {"HX-Request": "true"}


def url(name, world, **kwargs):
    return reverse(f"classes:{name}", kwargs={"class_id": world.klass.pk} | kwargs)


def issue_url(world, enrollment=None):
    return url("issue_badge", world, enrollment_id=(enrollment or world.enrollment).pk)
