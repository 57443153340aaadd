from django.db import migrations

# The two kinds of ids never meet: even ones are of what was earned, odd ones of what was issued.
FAILED = """
CREATE OR REPLACE VIEW achievements_undeliveredbadge AS
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
# What failed for a student and a badge is to be mended before what waits for them.
AND_WAITING = """
UNION ALL
SELECT issued.id * 2 + 1, issued.student_id, issued.badge_id, NULL::bigint, issued.id,
    COALESCE(issued.revoked_at, issued.created_at)
FROM badges_issuedbadge issued
WHERE issued.delivery IN ('pending', 'sending', 'uncertain') AND NOT EXISTS (
    SELECT FROM badges_issuedbadge other WHERE other.badge_id = issued.badge_id
        AND other.student_id = issued.student_id AND (other.delivery = 'failed'
            OR (other.delivery IN ('pending', 'sending', 'uncertain') AND other.id > issued.id)))
"""


class Migration(migrations.Migration):
    """More rows of the same columns: the code before asks for those that failed, by their ids, and finds them still."""

    dependencies = [("achievements", "0005_delay"), ("badges", "0010_standing_order")]

    operations = [migrations.RunSQL(FAILED + AND_WAITING, FAILED)]
