"""The texts of the product and their translations: read from code and templates, kept in locale/.

Babel does what GNU gettext would: `make messages` needs nothing but Python.
"""

import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[2]
LOCALE = ROOT / "locale"
APPS = ("achievements", "badges", "classes", "courses", "listing", "operation", "organizations", "tms")
# Which argument is the text, which its plural, and which ("c") the context that tells it from another of the same words.
_KEYWORDS: Mapping[str, Any] = {
    name + ending: places
    for name, places in {
        "gettext": None,
        "ngettext": (1, 2),
        "pgettext": ((1, "c"), 2),
        "npgettext": ((1, "c"), 2, 3),
    }.items()
    for ending in ("", "_lazy", "_noop")
} | {"_": None}


def found() -> Catalog:
    """The texts as they are now, without translations."""
    catalog = Catalog(project="Laurel", fuzzy=False)
    for path, source in _sources():
        texts = extract("python", io.BytesIO(source.encode()), _KEYWORDS)
        for _line, text, _comments, context in texts:
            catalog.add(text, locations=[(str(path.relative_to(ROOT)), 0)], context=context)
    return catalog


def _sources() -> Iterator[tuple[Path, str]]:
    """Every file that may hold texts, with what of it Python can read. Migrations keep what texts were."""
    for app in APPS:
        code = (path for path in sorted((ROOT / app).rglob("*.py")) if "migrations" not in path.parts)
        yield from ((path, path.read_text()) for path in code)
    for path in sorted((ROOT / "templates").rglob("*")):
        if path.suffix in {".html", ".txt"}:
            # Calls among blanks: an indentation that Python would take for one means nothing.
            yield path, "\n".join(line.strip() for line in templatize(path.read_text()).split("\n"))


def languages() -> list[str]:
    """Those that there are translations into."""
    return sorted(path.name for path in LOCALE.iterdir() if path.is_dir())


def po_of(language: str) -> Path:
    """Where the translations are kept; beside it, what Django reads."""
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def stored(language: str) -> Catalog:
    """The translations that are kept."""
    with po_of(language).open("rb") as file:
        return read_po(file, locale=language)


def store(language: str, catalog: Catalog) -> None:
    """Keep the translations, for people and for Django."""
    with po_of(language).open("wb") as file:
        write_po(file, catalog, width=120, include_lineno=False, ignore_obsolete=True, sort_by_file=True)
    po_of(language).with_suffix(".mo").write_bytes(compiled(catalog))


def compiled(catalog: Catalog) -> bytes:
    """What Django reads at its start."""
    target = io.BytesIO()
    write_mo(target, catalog)
    return target.getvalue()


def untranslated(catalog: Catalog) -> list[Message]:
    """The texts that readers of this language would meet in English, or as a guess."""
    return [message for message in catalog if message.id and (message.fuzzy or not all(forms_of(message)))]


def forms_of(message: Message) -> tuple[str, ...]:
    """The translation, as many times as its language has numbers."""
    return message.string if isinstance(message.string, tuple) else (str(message.string or ""),)
