from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Of several that failed for a student and a badge, the last: what the list of badges that did not arrive asks for."""

    atomic = False  # nobody waits for an index that is made concurrently

    dependencies = [("badges", "0014_step_moments")]

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
    ]
