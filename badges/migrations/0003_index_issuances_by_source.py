"""A class's or an assignment's own issuances are found without reading those of all others."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("badges", "0002_refuse_control_characters")]

    operations = [
        AddIndexConcurrently(
            model_name="issuancebatch",
            index=models.Index(fields=["via", "source_id", "-created_at"], name="issuance_from"),
        ),
    ]
