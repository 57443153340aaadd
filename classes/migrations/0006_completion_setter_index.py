from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """What is asked when an account is to be deleted: which completions it has set."""

    atomic = False  # nobody waits for an index that is made concurrently

    dependencies = [("classes", "0005_completion_setter")]

    operations = [
        AddIndexConcurrently(
            "enrollment",
            models.Index(
                fields=["completion_set_by"],
                condition=models.Q(completion_set_by__isnull=False),
                name="enrollment_completion_set_by",
            ),
        )
    ]
