"""Where the pages of achievements are, and what is read from them."""

from typing import Any

from django.urls import reverse

from achievements.models import Achievement
from organizations.models import User


def page(name: str, pk: int) -> str:
    return reverse(f"achievements:{name}", args=[pk])


def why(achievement: Achievement, student: User) -> str:
    """The page that says why not yet."""
    return reverse("achievements:why", args=[achievement.pk, student.pk])


def names(response: Any) -> list[str]:
    """Of the rows of a list."""
    return [row.name for row in response.context["listing"].page]


def found(response: Any) -> set[Any]:
    return set(response.context["listing"].page)


def messages_of(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]
