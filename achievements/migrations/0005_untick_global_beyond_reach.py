"""Take Global from achievements that somebody ticked who does not administer the root of their tree.

All that stay Global reach one tree from now on, since the switch for all trees starts unticked. What was earned stays.
"""

from collections.abc import Iterator
from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.utils import timezone

UNTICKED = {"is_global": ["Yes", "No"]}


def _line(parents: dict[int, int | None], organization_id: int) -> Iterator[int]:
    """The organization and all above it."""
    seen: set[int] = set()
    place: int | None = organization_id
    while place is not None and place not in seen:
        seen.add(place)
        yield place
        place = parents[place]


def _who_ticked(changes: Any, achievement: Any) -> Any:
    """The account that said so last; None for the system, or where there is no history."""
    of_it = changes.filter(achievement=achievement).select_related("changed_by").order_by("-pk")
    last = of_it.filter(changed__has_key="is_global").first() or of_it.last()
    return last and last.changed_by


def untick(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """With a line in the history, so that its administrators see what happened."""
    achievements = apps.get_model("achievements", "Achievement")
    changes = apps.get_model("achievements", "AchievementChange")
    parents = dict(apps.get_model("tms", "Organization").objects.values_list("pk", "parent_id"))
    for achievement in achievements.objects.filter(is_global=True):
        [*_below, root_id] = _line(parents, achievement.organization_id)
        by = _who_ticked(changes.objects.all(), achievement)
        if by is None or by.is_superuser or by.managed_organizations.filter(pk=root_id).exists():
            continue
        achievements.objects.filter(pk=achievement.pk).update(is_global=False)
        changes.objects.create(
            achievement=achievement,
            version=achievement.version,
            conditions=achievement.conditions,
            changed=UNTICKED,
            changed_at=timezone.now(),
        )


def tick_again(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Those that nobody has changed since."""
    changes = apps.get_model("achievements", "AchievementChange").objects
    for change in changes.filter(changed=UNTICKED, changed_by=None).select_related("achievement"):
        if not changes.filter(achievement=change.achievement_id, pk__gt=change.pk).exists():
            change.achievement.is_global = True
            change.achievement.save(update_fields=["is_global"])
            change.delete()


class Migration(migrations.Migration):
    dependencies = [("achievements", "0004_reaches_all_trees")]

    operations = [migrations.RunPython(untick, tick_again)]
