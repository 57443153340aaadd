"""Rows as they were before user names had rules."""

from importlib import import_module

from django.db import connection

from tms.models import User

_MIGRATION = import_module("tms.migrations.0003_hold_user_names_to_the_rules")


def without_rules() -> None:
    """Take the rules away, for the rest of the test's transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("DROP INDEX user_name_unique")
        cursor.execute("ALTER TABLE tms_user DROP CONSTRAINT user_name_no_other_address")


def migrate() -> None:
    """What the migration does to the rows, and the rules again."""
    rules = {constraint.name: constraint for constraint in User._meta.constraints}
    with connection.cursor() as cursor, connection.schema_editor() as editor:
        cursor.execute(_MIGRATION.NORMALIZE)
        cursor.execute(_MIGRATION.MARK)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for name in ("user_name_unique", "user_name_no_other_address"):
            editor.add_constraint(User, rules[name])
