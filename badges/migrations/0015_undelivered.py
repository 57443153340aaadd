from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

# The words of `badges.issuing.obstacles` to the letter: faults_of_accounts.
FAULTS = r"""(
    NOT is_active OR first_name ~ '^\s*$' OR last_name ~ '^\s*$' OR email = ''
    OR (NOT email = '' AND NOT email ~ '^[A-Za-z0-9]+([._+-][A-Za-z0-9]+)*@([A-Za-z0-9]+(-[A-Za-z0-9]+)*\.)+[A-Za-z]{2,20}$')
)"""


class Migration(migrations.Migration):
    """What the list of badges that did not arrive looks up: accounts with a fault, and the last failure of each pair."""

    atomic = False  # nobody waits for an index that is made concurrently

    dependencies = [("badges", "0014_step_moments"), ("organizations", "0011_undo_help")]

    operations = [
        AddIndexConcurrently(
            "issuedbadge",
            models.Index(
                fields=["badge", "student", "id"],
                condition=models.Q(delivery="failed"),
                name="issued_badge_failed_pair",
            ),
        ),
        RemoveIndexConcurrently("issuedbadge", "issued_badge_failed"),
        migrations.RunSQL(
            f"CREATE INDEX CONCURRENTLY IF NOT EXISTS user_with_a_fault ON organizations_user (id) WHERE {FAULTS}",
            "DROP INDEX CONCURRENTLY IF EXISTS user_with_a_fault",
        ),
    ]
