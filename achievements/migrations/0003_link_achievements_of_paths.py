"""Links what was written for a path before achievements kept it."""

from django.db import migrations


def _ordered(conditions):
    return sorted(
        sorted((name, str(sorted(value) if isinstance(value, list) else value)) for name, value in condition.items())
        for condition in conditions
    )


def link(apps, schema_editor):
    """An achievement that asks for exactly what one path of its organization asks for was written for it."""
    achievements = apps.get_model("achievements", "Achievement")
    for path in apps.get_model("courses", "LearningPath").objects.prefetch_related("courses"):
        courses = sorted(course.pk for course in path.courses.all())
        wanted = []
        if courses:
            options = {"Distinct": True, "Complete": True}
            wanted.append({"Subject": 10, "Count": len(courses), "CourseIds": courses} | options)
        if path.exam_id:
            wanted.append({"Subject": 0, "Count": 1, "LabProfileIds": [path.exam_id], "Passed": True})
        for achievement in achievements.objects.filter(organization=path.organization_id, learning_path=None):
            if wanted and _ordered(achievement.conditions) == _ordered(wanted):
                achievements.objects.filter(pk=achievement.pk).update(learning_path=path)


class Migration(migrations.Migration):
    dependencies = [("achievements", "0002_achievement_of_a_learning_path")]

    operations = [migrations.RunPython(link, migrations.RunPython.noop, elidable=True)]
