"""A hint may wait for its moment: a record says that somebody's training starts or ends then."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tms", "0005_password_letters")]

    operations = [
        migrations.AddField(model_name="sweephint", name="due_at", field=models.DateTimeField(null=True)),
    ]
