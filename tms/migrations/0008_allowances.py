from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tms', '0007_tallies'),
    ]

    operations = [
        migrations.CreateModel(
            name='Allowance',
            fields=[
                ('slot', models.PositiveIntegerField(primary_key=True, serialize=False)),
                ('minute', models.BigIntegerField()),
                ('used', models.PositiveIntegerField()),
            ],
            options={
                'verbose_name': 'allowance',
                'verbose_name_plural': 'allowances',
            },
        ),
        # A crash may forget them: so that counting a request waits for no disk.
        migrations.RunSQL('ALTER TABLE tms_allowance SET UNLOGGED', 'ALTER TABLE tms_allowance SET LOGGED'),
    ]
