import django.db.models.deletion
from django.db import migrations, models

import operation.characters
import organizations.colours
import organizations.models.brands


class Migration(migrations.Migration):
    dependencies = [
        ("organizations", "0009_language_help"),
    ]

    operations = [
        migrations.CreateModel(
            name="Brand",
            fields=[
                (
                    "organization",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="brand",
                        serialize=False,
                        to="organizations.organization",
                        verbose_name="organization",
                    ),
                ),
                (
                    "name",
                    models.CharField(
                        blank=True,
                        help_text="Shown beside the logo. Leave empty to show the organization's name.",
                        max_length=60,
                        validators=[operation.characters.validate_one_line],
                        verbose_name="name",
                    ),
                ),
                ("logo", models.ImageField(blank=True, upload_to="logos/", verbose_name="logo")),
                (
                    "colour",
                    organizations.models.brands.ColourField(
                        blank=True,
                        help_text=(
                            "Six digits such as #1b6a4c, dark enough for white words. Leave empty to keep the usual green."
                        ),
                        max_length=7,
                        validators=[organizations.colours.validate_brand_colour],
                        verbose_name="colour",
                    ),
                ),
                ("modified_at", models.DateTimeField(auto_now=True, verbose_name="last modified")),
            ],
            options={
                "verbose_name": "brand",
                "verbose_name_plural": "brands",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("colour", ""), ("colour__regex", "^#[0-9a-f]{6}$"), _connector="OR"),
                        name="brand_colour_is_one",
                    )
                ],
            },
        ),
    ]
