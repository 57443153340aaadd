from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models

from badges.pages.issued_forms import RevokeForm
from badges.pages.provider_forms import PauseForm
from operation import characters

BELOW_A0 = [chr(code) for code in range(0xA0)]
BREAKS = ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"]


def refused(validate, texts):
    found = []
    for text in texts:
        try:
            validate(f"a{text}b")
        except ValidationError:
            found.append(text)
    return found


def test_one_line_holds_what_is_printed_on_one():
    printed = [text for text in BELOW_A0 if text.isprintable()]

    assert refused(characters.validate_one_line, BELOW_A0) == [text for text in BELOW_A0 if text not in printed]
    assert refused(characters.validate_one_line, ["ż", "王", "\u200d", "\U0001f600", "\xa0"]) == []
    assert refused(characters.validate_one_line, ["\u202e", "\u2066", "\u2028", "\ufffe"]) == [
        "\u202e",
        "\u2066",
        "\u2028",
        "\ufffe",
    ]


def test_prose_holds_lines_and_no_controls():
    field = characters.ProseField()
    kept = {text: field.to_python(f"a{text}b") for text in [*BELOW_A0, *BREAKS]}

    assert [text for text, prose in kept.items() if prose == "a\nb"] == [
        "\n",
        "\x0b",
        "\x0c",
        "\r",
        "\x85",
        *BREAKS[:1],
        *BREAKS[-2:],
    ]
    controls = [text for text in BELOW_A0 if not text.isprintable() and text not in {"\t", *BREAKS}]
    assert refused(lambda text: field.clean(text, None), BELOW_A0) == controls


@pytest.mark.parametrize("line_break", BREAKS)
def test_a_form_gives_line_feeds_and_sees_no_change_in_them(line_break):
    field = characters.ProseField(blank=True).formfield()

    assert field.clean(f"one{line_break}two") == "one\ntwo"
    assert not field.has_changed("one\ntwo", f"one{line_break}two")


def test_texts_from_elsewhere_are_made_printable():
    assert characters.printable(" Shell\x0bof \x07the\r\nyear\u202e\t") == "Shell of the year"
    assert characters.printable_prose("First\x0bsecond\r\nthird\x1b") == "First\nsecond\nthird"


# What the product writes itself, or what has a stricter rule of its own.
NOT_TYPED = {
    "organizations.User.password",
    "operation.FormPress.led_to",
    "operation.Heartbeat.queue",
    "operation.Tally.name",
    "operation.Tally.labels",
    "badges.BadgeTemplate.external_id",
    "badges.BadgeTemplate.name",
    "badges.ProviderEvent.event_type",
    "badges.IssuanceBatch.source_words",
    "badges.IssuedBadge.source_words",
    "badges.IssuedBadge.failure_code",
    "badges.IssuedBadge.external_id",
    "badges.IssuanceItem.code",
    "courses.TrainingRecord.source_id",
    "organizations.AuditEntry.action",
    "organizations.AuditEntry.kind",
    "organizations.AuditEntry.request_id",
    "organizations.AuditEntry.words",  # made one line by organizations.audit.recording
    "organizations.AuditSeal.digest",
    "achievements.Sweep.worker",
    "achievements.SweepProblem.code",
}
TRAPS = ["a\r\nBcc: x@example.org", "a\nb", "a\x00b", "a\x0bb", "a\u2028b", "a\u202eb", "a\tb"]


def one_line_fields() -> dict[str, Any]:
    ours = [
        apps.get_app_config(name)
        for name in ("operation", "organizations", "badges", "courses", "classes", "achievements")
    ]
    return {
        f"{config.label}.{model.__name__}.{field.name}": field
        for config in ours
        for model in config.get_models()
        for field in model._meta.local_fields
        if isinstance(field, models.CharField) and field.editable and not field.choices
    }


@pytest.mark.parametrize("name", sorted(one_line_fields().keys() - NOT_TYPED))
def test_no_text_of_one_line_takes_a_line_break_or_a_control_character(name):
    field = one_line_fields()[name]

    for trap in TRAPS:
        with pytest.raises(ValidationError):
            field.run_validators(trap)


def test_what_is_not_typed_is_there():
    assert set(one_line_fields()) >= NOT_TYPED


@pytest.mark.parametrize("trap", TRAPS[:2])
def test_a_person_s_name_is_refused_in_words(world, signed_in, trap):
    client = signed_in(world.administrator)
    user = world.student
    values = {"username": user.username, "email": user.email, "organization": user.organization_id, "is_active": "on"}

    for name in ("first_name", "last_name"):
        answer = client.post(f"/admin/organizations/user/{user.pk}/change/", {**values, name: trap})

        assert answer.context["adminform"].form.errors == {
            name: ["This holds a line break or a control character. Write it on one line, without them."]
        }


def test_a_reason_on_one_line_is_held_to_the_rule():
    form = PauseForm({"reason": "a\r\nb"})

    assert form.errors == {
        "reason": ["This holds a line break or a control character. Write it on one line, without them."]
    }


def test_a_reason_of_several_lines_has_line_feeds():
    form = RevokeForm({"reason": "a\r\nb"})

    assert form.is_valid()
    assert form.cleaned_data["reason"] == "a\nb"
