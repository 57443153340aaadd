from django.contrib.postgres.operations import TrigramExtension, UnaccentExtension
from django.db import migrations

# Immutable, so that an index may hold what it makes: `unaccent` alone is not, since its rules are a file that somebody
# could change. Its body is bound when it is made, whatever the search path is when it runs.
PLAIN_WORDS = """
CREATE FUNCTION plain_words(words text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN lower(unaccent('unaccent'::regdictionary, words))
"""


class Migration(migrations.Migration):
    """Needs no superuser: both extensions are trusted, so the owner of the database may create them."""

    dependencies = [("operation", "0001_initial")]

    operations = [
        TrigramExtension(),
        UnaccentExtension(),
        migrations.RunSQL(PLAIN_WORDS, "DROP FUNCTION plain_words(text)"),
    ]
