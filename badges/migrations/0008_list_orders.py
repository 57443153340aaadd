from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """The orders in which the lists of badges, of issued badges by badge, and of issuances begin."""

    atomic = False  # nobody waits for an index that is made concurrently

    dependencies = [("badges", "0007_list_search")]

    operations = [
        AddIndexConcurrently("issuancebatch", models.Index(fields=["-created_at", "-id"], name="issuance_newest")),
        AddIndexConcurrently("badge", models.Index(fields=["name", "id"], name="badge_by_name")),
    ]
