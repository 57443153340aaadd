import django.db.models.functions.text
import django.db.models.lookups
from django.db import migrations, models

# Nobody could ever sign in by such a name: what is typed is normalized before it is looked for.
NORMALIZE = """
UPDATE tms_user u SET username = normalize(username, NFKC)
WHERE username IS NOT NFKC NORMALIZED AND char_length(normalize(username, NFKC)) <= 150
AND NOT EXISTS (SELECT FROM tms_user o WHERE o.id <> u.id AND normalize(o.username, NFKC) = normalize(u.username, NFKC))
"""
# Of names that differ by case alone, the oldest account's is as it should be.
MARK = """
UPDATE tms_user u SET has_old_name = true
WHERE username IS NOT NFKC NORMALIZED
OR (position('@' IN username) > 0 AND lower(username) <> lower(email))
OR EXISTS (SELECT FROM tms_user o WHERE lower(o.username) = lower(u.username) AND o.id < u.id)
"""


class Migration(migrations.Migration):
    """Marks the names that break a rule, and holds all others to it.

    In one transaction under one lock: a name that came between would make the constraints fail. No account changes its
    name here but one that nobody could have typed. `manage.py check_user_names` tells which are marked.
    """

    dependencies = [("tms", "0002_mark_old_user_names")]

    operations = [
        migrations.RunSQL("LOCK TABLE tms_user IN SHARE ROW EXCLUSIVE MODE", migrations.RunSQL.noop),
        migrations.RunSQL(NORMALIZE, migrations.RunSQL.noop),
        migrations.RunSQL(MARK, "UPDATE tms_user SET has_old_name = false WHERE has_old_name"),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.UniqueConstraint(
                django.db.models.functions.text.Lower("username"),
                condition=models.Q(("has_old_name", False)),
                name="user_name_unique",
                violation_error_message=(
                    "Another account has this user name. Choose one that differs by more than case."
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("has_old_name", True),
                    models.Q(("username__contains", "@"), _negated=True),
                    django.db.models.lookups.Exact(
                        django.db.models.functions.text.Lower("username"),
                        django.db.models.functions.text.Lower("email"),
                    ),
                    _connector="OR",
                ),
                name="user_name_no_other_address",
                violation_error_message="Only the account's own e-mail address may be a user name with an @.",
            ),
        ),
    ]
