from django.db import migrations, models

FIELD = models.PositiveIntegerField(
    blank=True, db_column="brake", db_default=1000, default=1000, null=True,
    help_text="More new awards of one achievement at a time than this await approval. Blank: no limit.",
    verbose_name="approval limit",
)


class Migration(migrations.Migration):
    """A name of the code's alone: the column keeps its own, so that both versions can run at once."""

    dependencies = [
        ("organizations", "0006_letter_attempts"),
    ]

    operations = [
        migrations.AlterField(model_name="organization", name="brake", field=FIELD),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameField(model_name="organization", old_name="brake", new_name="approval_limit"),
            ],
        ),
    ]
