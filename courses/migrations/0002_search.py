from django.db import migrations


class Migration(migrations.Migration):
    """What `operation.searching` looks for, in the words of its PlainWords to the letter."""

    atomic = False  # nobody waits for an index that is made concurrently

    dependencies = [("courses", "0001_initial"), ("operation", "0002_plain_words")]

    operations = [
        migrations.RunSQL(
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS course_words ON courses_course USING gin (plain_words(name || ' ' || number) gin_trgm_ops)",
            "DROP INDEX CONCURRENTLY IF EXISTS course_words",
        ),
        migrations.RunSQL(
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS path_words ON courses_learningpath USING gin (plain_words(name) gin_trgm_ops)",
            "DROP INDEX CONCURRENTLY IF EXISTS path_words",
        ),
    ]
