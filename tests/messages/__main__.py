"""`make messages`: brings every language's file up to the texts that there are, and says what is left to translate."""

from tests.messages import found, languages, store, stored, untranslated

for language in languages():
    catalog = stored(language)
    catalog.update(found(), no_fuzzy_matching=True)
    store(language, catalog)
    missing = untranslated(catalog)
    print(f"{language}: {len(catalog)} texts, {len(missing)} to translate")
    for text in missing:
        print(f"  {text.id}")
