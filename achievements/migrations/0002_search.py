from django.db import migrations


class Migration(migrations.Migration):
    """What `operation.searching` looks for, in the words of its PlainWords to the letter."""

    atomic = False  # nobody waits for an index that is made concurrently

    dependencies = [("achievements", "0001_initial"), ("operation", "0002_plain_words")]

    operations = [
        migrations.RunSQL(
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS achievement_words ON achievements_achievement USING gin (plain_words(name) gin_trgm_ops)",
            "DROP INDEX CONCURRENTLY IF EXISTS achievement_words",
        ),
    ]
