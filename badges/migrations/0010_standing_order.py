from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """The order of Find Issued Badges by where the badges stand: one index, and one less to write."""

    atomic = False  # nobody waits for an index that is made concurrently

    dependencies = [("badges", "0009_issued_orders")]

    operations = [
        AddIndexConcurrently(
            "issuedbadge", models.Index(fields=["status", "delivery", "id"], name="issued_badge_by_standing")
        ),
        RemoveIndexConcurrently("issuedbadge", "issued_badge_by_status"),
        RemoveIndexConcurrently("issuedbadge", "issued_badge_by_delivery"),
    ]
