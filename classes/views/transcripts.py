"""The transcript and the current training of a person (S129)."""

from django.http.response import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from classes.models import Class
from classes.transcripts import transcript_of
from organizations.models import User
from organizations.requests import Request, require

SEE_TRAINING = "courses.view_trainingrecord"
SEE_USERS = "organizations.view_user"
SEE_ISSUED = "badges.view_issuedbadge"
SEE_ASSIGNMENTS = "courses.view_courseassignment"


@require_safe
def mine(request: Request) -> HttpResponse:
    """The person's own."""
    return _page(request, request.user)


@require_safe
def of(request: Request, user_id: int) -> HttpResponse:
    """Somebody's, for those who administer his or her organization."""
    person = get_object_or_404(User.objects.visible_to(request.user).select_related("organization"), pk=user_id)
    if person != request.user:
        require(request, SEE_TRAINING)
    return _page(request, person)


def _page(request: Request, person: User) -> HttpResponse:
    found = transcript_of(person, at=timezone.now())
    class_ids = [line.class_id for line in [*found.completed, *found.current] if line.class_id is not None]
    classes = Class.objects.visible_to(request.user).filter(pk__in=class_ids)
    is_own = person == request.user
    context = {
        "person": person,
        "is_own": is_own,
        "opens_person": not is_own and request.user.has_perm(SEE_USERS),
        "transcript": found,
        "classes_in_reach": set(classes.values_list("pk", flat=True)),
        "shows_badges": is_own or request.user.has_perm(SEE_ISSUED),
        "opens_assignments": is_own or request.user.has_perm(SEE_ASSIGNMENTS),
    }
    return render(request, "classes/transcript.html", context)
