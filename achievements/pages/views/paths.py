"""The badge for completing a learning path, in one step."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.http.response import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from achievements.definitions.editing import save_achievement
from achievements.definitions.naming import shown
from achievements.definitions.path_badges import NotFollowedError, awards_of, draft_of, follow_path, link, unlink
from achievements.definitions.sentences import sentence
from achievements.definitions.widening import WideReachError
from achievements.explaining.crowds import sample_of
from achievements.explaining.previewing import Preview, TookTooLongError, preview
from achievements.models import Achievement
from achievements.pages.path_forms import PathAwardForm, PathBadgeForm
from courses.models import LearningPath
from operation.pressing import once
from organizations.requests import Request, require

ADD, CHANGE = "achievements.add_achievement", "achievements.change_achievement"


@require_http_methods(["GET", "HEAD", "POST"])
@once
def path_badge(request: Request, path_id: int) -> HttpResponse:
    """Badge for completing this path (S78, S122): whom it would be awarded to now; POST writes the achievement.

    A press of the button `look` writes nothing: it only shows the preview of what the form says.
    """
    path = _path(request, path_id, ADD)
    draft = draft_of(path, by=request.user)
    if not draft.conditions:
        return render(request, "achievements/path_badge.html", _standing(request, path))
    form = PathBadgeForm(request.POST or None, instance=draft, user=request.user)
    if form.is_valid() and "look" not in request.POST and _is_written(request, form):
        return redirect("achievements:details", achievement_id=draft.pk)
    context = _standing(request, path) | {
        "form": form,
        "sentences": [sentence(one.term, one.ids) for one in shown(draft) if one.term is not None],
        "preview": _preview(draft, request),
    }
    return render(request, "achievements/path_badge.html", context, status=422 if form.errors else 200)


@require_POST
def path_award(request: Request, path_id: int, achievement_id: int) -> HttpResponse:
    """Have an achievement follow its path again, link it to the path, or leave it apart from it."""
    path = _path(request, path_id, CHANGE)
    achievement = get_object_or_404(Achievement.objects.visible_to(request.user), pk=achievement_id)
    form = PathAwardForm(request.POST)
    if form.is_valid():
        try:
            messages.success(request, _done(request, path, achievement, form.cleaned_data["act"]))
        except (NotFollowedError, WideReachError) as refusal:
            messages.error(request, refusal.message)
    else:
        messages.error(request, _("Press one of the buttons beside an achievement."))
    return redirect("achievements:path_badge", path_id=path.pk)


def _standing(request: Request, path: LearningPath) -> dict[str, object]:
    """The path, and what rewards it already."""
    return {"path": path, "awards": awards_of(path, request.user), "may_change": request.user.has_perm(CHANGE)}


def _done(request: Request, path: LearningPath, achievement: Achievement, act: str) -> str:
    """Do it, and say what was done."""
    names = {"achievement": achievement, "path": path}
    match act:
        case "update":
            follow_path(achievement, path, by=request.user, at=timezone.now())
            return _("%(achievement)s asks for what %(path)s asks for now. What was earned stays earned.") % names
        case "link":
            link(achievement, path, by=request.user, at=timezone.now())
            return _("%(achievement)s now rewards %(path)s.") % names
        case _:
            unlink(achievement, path, by=request.user, at=timezone.now())
            return _("%(achievement)s no longer belongs to %(path)s. Its conditions stay as they are.") % names


def _path(request: Request, path_id: int, permission: str) -> LearningPath:
    """The path: 404 out of sight; 403 where the person may only walk it, or has not the permission."""
    joined = LearningPath.objects.open_to(request.user).select_related("organization", "exam")
    path = get_object_or_404(joined, pk=path_id)
    require(request, permission)
    if not LearningPath.objects.visible_to(request.user).filter(pk=path.pk).exists():
        raise PermissionDenied
    return path


def _preview(draft: Achievement, request: Request) -> Preview | None:
    """None when it took too long."""
    try:
        return preview(draft, user=request.user, sample=sample_of(request.POST.get("look")))
    except TookTooLongError:
        return None


def _is_written(request: Request, form: PathBadgeForm) -> bool:
    """Save by the rule of achievements, and say so; False when the name is taken, and the form then says so."""
    try:
        save_achievement(form.instance, by=request.user, at=timezone.now())
    except IntegrityError as error:
        if "achievement_name_unique" not in str(error):
            raise
        form.instance.pk = None
        form.refuse_name()
        return False
    said = _("%(achievement)s was created. Everyone who has completed the path will be awarded shortly.")
    if not form.instance.is_enabled:
        said = _("%(achievement)s was created. No one is awarded until you enable it.")
    messages.success(request, said % {"achievement": form.instance})
    return True
