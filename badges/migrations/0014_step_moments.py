import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """When an issued badge first took a step that nothing kept before: letter opened, shared, verified."""

    dependencies = [("badges", "0013_note_and_link")]

    operations = [
        migrations.CreateModel(
            name="StepMoment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "step",
                    models.CharField(
                        choices=[("opened", "Letter opened"), ("shared", "Shared"), ("verified", "Verified")],
                        max_length=16,
                        verbose_name="step",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="first time")),
                (
                    "issued_badge",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="step_moments",
                        to="badges.issuedbadge",
                    ),
                ),
            ],
            options={
                "verbose_name": "moment of a step",
                "verbose_name_plural": "moments of steps",
                "constraints": [
                    models.UniqueConstraint(fields=["issued_badge", "step"], name="step_moment_first_alone")
                ],
            },
        ),
    ]
