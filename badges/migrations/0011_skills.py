from django.db import migrations, models

import badges.models.skills


class Migration(migrations.Migration):
    dependencies = [
        ("badges", "0010_standing_order"),
    ]

    operations = [
        migrations.AddField(
            model_name="badge",
            name="skills",
            field=models.JSONField(
                blank=True,
                db_default=models.Value([], models.JSONField()),
                default=list,
                validators=[badges.models.skills.validate_skills],
                verbose_name="skills",
            ),
        ),
    ]
