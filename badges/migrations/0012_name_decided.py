from django.db import migrations, models


class Migration(migrations.Migration):
    """Whether a holder was asked about the name: until then nothing is shared."""

    dependencies = [("badges", "0011_skills")]

    operations = [
        migrations.AddField(
            model_name="issuedbadge",
            name="name_decided_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="decided about the name"),
        ),
    ]
