from django.db import migrations


class Migration(migrations.Migration):
    """What `operation.searching` looks for, in the words of its PlainWords to the letter."""

    atomic = False  # nobody waits for an index that is made concurrently

    dependencies = [("organizations", "0002_failure_of_password_letter"), ("operation", "0002_plain_words")]

    operations = [
        migrations.RunSQL(
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS user_name_words ON organizations_user USING gin (plain_words(first_name || ' ' || last_name) gin_trgm_ops)",
            "DROP INDEX CONCURRENTLY IF EXISTS user_name_words",
        ),
        migrations.RunSQL(
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS user_account_words ON organizations_user USING gin (plain_words(username || ' ' || email) gin_trgm_ops)",
            "DROP INDEX CONCURRENTLY IF EXISTS user_account_words",
        ),
    ]
