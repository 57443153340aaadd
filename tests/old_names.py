"""Rows as they were before user names had rules."""

from django.db import connection

from organizations.models import User

# Names and addresses of accounts that were made before the rules.
NAMES = {
    "peter": "peter@example.test",
    "Peter": "peter2@example.test",
    "victim@example.test": "attacker@example.test",
    "nobody@example.test": "",
    "own@example.test": "Own@example.test",
    "ｉｎｓｔｒｕｃｔｏｒ": "full@example.test",
    "ａｌｏｎｅ": "alone@example.test",
    "instructor": "instructor@example.test",
    "victim": "victim@example.test",
}

NORMALIZE = """
UPDATE organizations_user u SET username = normalize(username, NFKC)
WHERE username IS NOT NFKC NORMALIZED AND char_length(normalize(username, NFKC)) <= 150
AND NOT EXISTS (SELECT FROM organizations_user o WHERE o.id <> u.id AND normalize(o.username, NFKC) = normalize(u.username, NFKC))
"""
MARK = """
UPDATE organizations_user u SET has_old_name = true
WHERE username IS NOT NFKC NORMALIZED
OR (position('@' IN username) > 0 AND lower(username) <> lower(email))
OR EXISTS (SELECT FROM organizations_user o WHERE lower(o.username) = lower(u.username) AND o.id < u.id)
"""


def without_rules() -> None:
    """Take the rules away, for the rest of the test's transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("DROP INDEX user_name_unique")
        cursor.execute("ALTER TABLE organizations_user DROP CONSTRAINT user_name_no_other_address")


def migrate() -> None:
    """Mark the rows that break a rule, and hold all others to it."""
    rules = {constraint.name: constraint for constraint in User._meta.constraints}
    with connection.cursor() as cursor, connection.schema_editor() as editor:
        cursor.execute(NORMALIZE)
        cursor.execute(MARK)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for name in ("user_name_unique", "user_name_no_other_address"):
            editor.add_constraint(User, rules[name])
