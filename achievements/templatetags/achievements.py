"""What pages of the apps below ask of achievements."""

from django import template

from achievements.definitions import path_badges
from achievements.definitions.path_badges import PathAwards
from courses.models import LearningPath
from organizations.models import User

register = template.Library()


@register.simple_tag
def path_awards(path: LearningPath, user: User) -> PathAwards:
    """See awards_of: the page of a path belongs to an app below, which knows no achievements."""
    return path_badges.awards_of(path, user)
