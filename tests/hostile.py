"""Texts that would like to be more than texts, in every column that people or providers write."""

from typing import Any

from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.db import models

from operation.models import Tally
from organizations.models import AuditEntry, AuditSeal
from tests.tenants import Tree

APPS = {"operation", "organizations", "badges", "courses", "classes", "achievements"}
# Of programs: keys, codes that words are looked up by, what is signed, and what the database itself keeps in shape.
OF_PROGRAMS = {"password", "time_zone", "session_key", "webhook_digest", "public_key", "encrypted_private_key"} | {
    "encrypted_token",
    "document",
    "token",
    "queue",
    "code",
    "failure_code",
    "api_url",
    "led_to",
    "colour",
}
OWNED = "owned"
# Begins like a formula; leaves an attribute and a tag; is a template's marker, a word without an end, and two scripts.
TEXT = (
    f"=1+1\"'><img src=x onerror=document.title='{OWNED}'>%(number)d"
    f"<script>document.title='{OWNED}'</script>{{{{98765*4321}}}}\u200fשלום" + "W" * 400
)
ADDRESS = f"javascript:document.title='{OWNED}'//%(number)d"


def soak(tree: Tree) -> None:
    """Make every text of every row hostile; each differs, as names have to. Nothing may be cached by then."""
    written: list[type[models.Model]] = [one for one in apps.get_models() if one._meta.app_label in APPS]
    written.append(LogEntry)
    written.remove(Tally)  # words of ours; and who measures writes them too, and would wait for this test to end
    for sealed in (AuditEntry, AuditSeal):  # nobody changes them; what they tell is what the other rows say from now on
        written.remove(sealed)
    for model in written:
        for row in model._base_manager.all():
            if texts := _texts(row, tree.word):
                model._base_manager.filter(pk=row.pk).update(**texts)


def _texts(row: models.Model, word: str) -> dict[str, Any]:
    """What to write, by column."""
    texts: dict[str, Any] = {}
    for field in row._meta.concrete_fields:
        value = getattr(row, field.name) if not field.is_relation else None
        if field.name in OF_PROGRAMS or field.choices or field.is_relation or isinstance(field, models.EmailField):
            continue
        if isinstance(field, models.URLField):
            texts[field.name] = ADDRESS % {"number": row.pk}
        elif isinstance(field, models.CharField | models.TextField):
            texts[field.name] = _cut(row, field.max_length)
        elif isinstance(field, models.JSONField) and word in str(value):
            texts[field.name] = _within(value, word, _cut(row, None))
    return texts


def _cut(row: models.Model, length: int | None) -> str:
    number = row.pk if isinstance(row.pk, int) else 0
    return (TEXT % {"number": number})[: min(length or 600, 600)]


def _within(value: Any, word: str, text: str) -> Any:
    """The JSON with the text in place of every one that has the word in it."""
    if isinstance(value, dict):
        return {key: _within(one, word, text) for key, one in value.items()}
    if isinstance(value, list):
        return [_within(one, word, text) for one in value]
    return text if isinstance(value, str) and word in value else value
