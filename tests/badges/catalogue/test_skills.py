"""The lines in which skills are edited, on the badge's page and in the administration."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from badges.catalogue.skills import SPARE, SkillLines, skills_field
from badges.models import Badge
from badges.models.skills import MOST
from tests.badges.test_skills import ESCO


def lines(*skills):
    """What a browser sends of these lines."""
    parts = ("name", "framework", "code", "url")
    return {f"skills-{number}-{part}": skill.get(part, "") for number, skill in enumerate(skills) for part in parts}


def sent(*skills):
    return skills_field().clean(SkillLines().value_from_datadict(lines(*skills), {}, "skills"))


def test_what_is_empty_is_left_out():
    assert sent({}, ESCO, {"name": " Patience "}, {}) == [ESCO, {"name": "Patience"}]
    assert sent({}, {}) == []


def test_a_refusal_names_the_line_that_was_filled_in():
    with pytest.raises(ValidationError) as refusal:
        sent({}, {"name": "A", "code": "S5"})

    assert refusal.value.messages == [
        "Line 2: Enter the skill's web address in its framework, or empty framework and code."
    ]


@pytest.mark.parametrize(("count", "drawn"), [(0, SPARE), (2, 2 + SPARE), (MOST - 1, MOST), (MOST, MOST)])
def test_there_are_some_lines_more_than_skills(count, drawn):
    context = SkillLines().get_context("skills", [{"name": f"S{number}"} for number in range(count)], {})

    assert len(context["lines"]) == drawn


@pytest.mark.parametrize(
    ("initial", "data", "is_changed"),
    [([ESCO], [ESCO, {"name": ""}], False), ([], [], False), ([ESCO], [], True), ([], [{"name": "A"}], True)],
)
def test_empty_lines_are_no_change(initial, data, is_changed):
    assert skills_field().has_changed(initial, data) == is_changed


def form_of(badge: Badge, **more):
    fields = ("name", "description", "criteria", "organization", "provider", "provider_template_id")
    given = {name: badge.serializable_value(name) for name in fields}
    return {**given, "valid_days": "", **more}


@pytest.mark.parametrize("door", ["badges:edit", "admin:badges_badge_change"])
def test_both_doors_edit_them(administrator, badge, door):
    address = reverse(door, args=[badge.pk])

    refused = administrator.post(address, form_of(badge, **lines({"name": "A", "code": "S5"})))
    saved = administrator.post(address, form_of(badge, **lines({}, ESCO, {"name": "Patience"})))

    assert "Line 1: Enter the skill&#x27;s web address in its framework" in refused.text
    assert saved.status_code == 302
    badge.refresh_from_db()
    assert badge.skills == [ESCO, {"name": "Patience"}]
    assert 'value="https://esco.example/skill/1"' in administrator.get(address).text


def test_a_form_without_them_keeps_them(administrator, badge):
    Badge.objects.update(skills=[ESCO])

    administrator.post(reverse("badges:edit", args=[badge.pk]), form_of(badge, description="Dives."))

    badge.refresh_from_db()
    assert (badge.description, badge.skills) == ("Dives.", [ESCO])


def test_the_last_line_can_be_emptied(administrator, badge):
    Badge.objects.update(skills=[ESCO])

    administrator.post(reverse("badges:edit", args=[badge.pk]), form_of(badge, **lines({}, {})))

    badge.refresh_from_db()
    assert badge.skills == []


def test_the_badge_s_page_shows_them(administrator, badge):
    Badge.objects.update(skills=[ESCO, {"name": "Patience & <care>"}])

    page = administrator.get(reverse("badges:profile", args=[badge.pk])).text

    assert '<a href="https://esco.example/skill/1" title="esco.example"' in page
    assert "<span>Patience &amp; &lt;care&gt;</span>" in page
    assert "ESCO S5.6.1" in page
