from django.db import migrations, models


class Migration(migrations.Migration):
    """Whose lease a letter is under, as of all other letters."""

    dependencies = [("organizations", "0005_language")]

    operations = [
        migrations.AddField(
            "passwordletter", "attempts", models.PositiveIntegerField(db_default=0, default=0)
        ),
    ]
