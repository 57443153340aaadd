from django.db import migrations, models


class Migration(migrations.Migration):
    """Room for the mark; the code before this migration does not know of it and need not."""

    dependencies = [("tms", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="has_old_name",
            field=models.BooleanField(
                db_default=False,
                default=False,
                editable=False,
                help_text="The account keeps the name until somebody changes it, or check_user_names repairs it.",
                verbose_name="user name from before the rules",
            ),
        ),
    ]
