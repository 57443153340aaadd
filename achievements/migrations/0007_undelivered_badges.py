"""A view of the badges that did not arrive: earned ones, of which some were never issued, and failed deliveries.

A column that it reads can change its type only once the view is gone: drop it before, and create it again after.
"""

from django.db import migrations, models

# The two kinds of ids never meet: even ones are of what was earned, odd ones of what was issued. Of a student and a
# badge that failed twice, as a revocation and when it was issued anew, the later one is to be mended first.
CREATE = """
CREATE VIEW achievements_undeliveredbadge AS
SELECT earned.id * 2 AS id, earned.user_id AS student_id, achievement.badge_id AS badge_id, earned.id AS earned_id,
    NULL::bigint AS issued_id, earned.earned_at AS since
FROM achievements_earnedachievement earned
JOIN achievements_achievement achievement ON achievement.id = earned.achievement_id
WHERE earned.nth = 1 AND achievement.badge_id IS NOT NULL
UNION ALL
SELECT issued.id * 2 + 1, issued.student_id, issued.badge_id, NULL::bigint, issued.id,
    COALESCE(issued.failed_at, issued.issued_at)
FROM badges_issuedbadge issued
WHERE issued.delivery = 'failed' AND NOT EXISTS (
    SELECT FROM badges_issuedbadge later WHERE later.badge_id = issued.badge_id
        AND later.student_id = issued.student_id AND later.delivery = 'failed' AND later.id > issued.id)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("achievements", "0006_refuse_line_breaks"),
        ("badges", "0005_refuse_line_breaks"),
    ]

    operations = [
        migrations.RunSQL(CREATE, "DROP VIEW achievements_undeliveredbadge"),
        migrations.CreateModel(
            name="UndeliveredBadge",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("since", models.DateTimeField(verbose_name="since")),
            ],
            options={
                "verbose_name": "undelivered badge",
                "verbose_name_plural": "undelivered badges",
                "managed": False,
                "default_permissions": (),
            },
        ),
    ]
