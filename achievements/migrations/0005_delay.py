from django.db import migrations, models

DELAY = models.DurationField(
    blank=True, db_column="lag", null=True, verbose_name="delay",
    help_text="From the recording of the last thing it needed to the award (N7).",
)
INDEX = models.Index(
    condition=models.Q(("delay__isnull", False)), fields=["created_at"], include=("delay",), name="earned_achievement_lag"
)


class Migration(migrations.Migration):
    """A name of the code's alone: column and index stay as they are, so that both versions can run at once."""

    dependencies = [
        ("achievements", "0004_texts"),
    ]

    operations = [
        migrations.AlterField(model_name="earnedachievement", name="lag", field=DELAY),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveIndex(model_name="earnedachievement", name="earned_achievement_lag"),
                migrations.RenameField(model_name="earnedachievement", old_name="lag", new_name="delay"),
                migrations.AddIndex(model_name="earnedachievement", index=INDEX),
            ],
        ),
    ]
