from django.db import migrations


class Migration(migrations.Migration):
    """What `operation.searching` looks for, in the words of its PlainWords to the letter."""

    atomic = False  # nobody waits for an index that is made concurrently

    dependencies = [("badges", "0003_switched_off_since"), ("operation", "0002_plain_words")]

    operations = [
        migrations.RunSQL(
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS badge_words ON badges_badge USING gin (plain_words(name) gin_trgm_ops)",
            "DROP INDEX CONCURRENTLY IF EXISTS badge_words",
        ),
    ]
