from django.db import migrations


class Migration(migrations.Migration):
    """What Find Issued Badges looks for beside names, in the words of `operation.searching` to the letter."""

    atomic = False  # nobody waits for an index that is made concurrently

    dependencies = [("badges", "0006_texts"), ("operation", "0002_plain_words")]

    operations = [
        migrations.RunSQL(
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS issued_badge_address_words ON badges_issuedbadge USING gin (plain_words(recipient_email) gin_trgm_ops)",
            "DROP INDEX CONCURRENTLY IF EXISTS issued_badge_address_words",
        ),
        migrations.RunSQL(
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS issued_badge_source_words ON badges_issuedbadge USING gin (plain_words(source_words) gin_trgm_ops)",
            "DROP INDEX CONCURRENTLY IF EXISTS issued_badge_source_words",
        ),
    ]
