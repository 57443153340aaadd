from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """The orders of Find Issued Badges by the columns that it shows to begin with."""

    atomic = False  # nobody waits for an index that is made concurrently

    dependencies = [("badges", "0008_list_orders")]

    operations = [
        AddIndexConcurrently("issuedbadge", models.Index(fields=["status", "id"], name="issued_badge_by_status")),
        AddIndexConcurrently("issuedbadge", models.Index(fields=["delivery", "id"], name="issued_badge_by_delivery")),
        AddIndexConcurrently(
            "issuedbadge", models.Index(fields=["via", "source_words", "id"], name="issued_badge_by_source")
        ),
    ]
