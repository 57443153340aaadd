from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """The order of the list of course assignments."""

    atomic = False  # nobody waits for an index that is made concurrently

    dependencies = [("courses", "0003_texts")]

    operations = [
        AddIndexConcurrently(
            "courseassignment", models.Index(fields=["-assigned_at", "-id"], name="assignment_newest")
        ),
    ]
