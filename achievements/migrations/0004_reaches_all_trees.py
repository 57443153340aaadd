"""Global reaches one tree of organizations; a second switch, for superusers alone, reaches all."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("achievements", "0003_link_achievements_of_paths")]

    operations = [
        migrations.AddField(
            model_name="achievement",
            name="reaches_all_trees",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="With Global: earned in other trees of organizations, too. Only a superuser may tick this.",
                verbose_name="global across all trees",
            ),
        ),
        migrations.AlterField(
            model_name="achievement",
            name="is_global",
            field=models.BooleanField(
                default=False,
                help_text="Earned in every organization of its tree that takes part in global achievements.",
                verbose_name="global",
            ),
        ),
    ]
