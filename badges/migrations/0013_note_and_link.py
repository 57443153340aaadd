from django.db import migrations, models

import operation.characters


class Migration(migrations.Migration):
    """What who issues a badge by hand says of it."""

    dependencies = [("badges", "0012_name_decided")]

    operations = [
        migrations.AddField(
            model_name="issuedbadge",
            name="note",
            field=operation.characters.ProseField(
                blank=True,
                db_default="",
                default="",
                help_text="For everyone to read.",
                max_length=1000,
                verbose_name="note",
            ),
        ),
        migrations.AddField(
            model_name="issuedbadge",
            name="link",
            field=models.URLField(blank=True, db_default="", default="", max_length=500, verbose_name="link"),
        ),
    ]
