from django.db import migrations


class Migration(migrations.Migration):
    """The model has another name; its table keeps the one that the code before asks for."""

    dependencies = [("badges", "0004_search")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameModel("Told", "LetterPause"),
                migrations.AlterModelTable("letterpause", "badges_told"),
            ]
        )
    ]
