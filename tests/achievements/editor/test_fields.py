import pytest
from django.core.exceptions import ValidationError

from achievements.editor.building import of_stored
from achievements.editor.fields import ConditionsField, ConditionsText, canonical_text
from achievements.models import Achievement
from tests.achievements.editing import ANY_COURSE, sent
from tests.factories import AchievementFactory

WRITTEN = '[\n  {"Subject": 10, "Count": 1, "Complete": true}\n]'


def test_stored_conditions_are_written_one_to_a_line_in_the_canonical_order():
    assert canonical_text([{"Complete": True, "Count": 1, "Subject": 10}]) == WRITTEN


def test_what_no_parser_has_written_is_shown_as_it_is_stored():
    assert canonical_text([{"Subjekt": 0}]) == '[\n  {"Subjekt": 0}\n]'


@pytest.mark.parametrize("value", ["[{Subjekt:10}]", "", None])
def test_what_somebody_just_wrote_stays_as_written(value):
    assert ConditionsField().prepare_value(value) == value


def test_a_stored_list_is_drawn_as_text():
    assert ConditionsField().prepare_value(ANY_COURSE) == WRITTEN


def test_either_form_of_json_is_cleaned_to_the_canonical_list():
    field = ConditionsField()

    assert field.clean("[{subject:10, complete:True,}]") == ANY_COURSE
    assert field.parsed is not None


def test_a_mistake_is_refused_with_its_place():
    with pytest.raises(ValidationError) as refused:
        ConditionsField().clean("[{Subjekt:10}]")

    assert refused.value.messages == ["Line 1, column 3: There is no field “Subjekt”. Did you mean Subject?"]


@pytest.mark.parametrize("value", ["", " \n", None, ANY_COURSE])
def test_without_a_text_there_are_no_conditions(value):
    with pytest.raises(ValidationError, match="This field is required"):
        ConditionsField().clean(value)


@pytest.mark.parametrize(
    ("text", "is_changed"),
    [
        ("[{complete:True, Subject:10}]", False),
        ("[{Subject:10}]", True),
        ("[{Subjekt:10}]", True),
        ("", True),
    ],
)
def test_another_spelling_of_the_same_is_no_change(text, is_changed):
    assert ConditionsField().has_changed(ANY_COURSE, text) is is_changed


@pytest.mark.parametrize(("changes", "count"), [({}, 1), ({"conditions-0-count": "3"}, 3)])
def test_beside_rows_what_was_changed_of_the_two_counts(changes, count):
    data = sent(of_stored(ANY_COURSE), **changes)

    text = ConditionsText().value_from_datadict(data, {}, "conditions")

    assert ConditionsField().clean(text) == [ANY_COURSE[0] | {"Count": count}]


@pytest.mark.parametrize("name", ["conditions", "initial-conditions"])
def test_without_rows_and_for_what_was_there_before_the_text_counts(name):
    data = sent(of_stored(ANY_COURSE), **{"conditions-0-count": "3"})
    data[name] = "as written"
    if name == "conditions":
        del data["conditions-rows"]

    assert ConditionsText().value_from_datadict(data, {}, name) == "as written"


def test_nothing_is_warned_of_before_anything_was_understood():
    assert ConditionsField().warnings(Achievement()) == []


def test_warnings_are_of_the_text_and_of_cycles(world):
    achievement = AchievementFactory.create(name="Cycle", organization=world.academy)
    waiting = [{"Subject": 40, "Count": 1, "AchievementIds": [achievement.pk]}]
    other = AchievementFactory.create(name="Other", organization=world.academy, conditions=waiting)
    field = ConditionsField()
    field.clean(f"[{{SingleDay:true}}, {{Subject:40, AchievementIds:[{other.pk}]}}]")

    assert field.warnings(achievement) == [
        "SingleDay changes nothing while Count is 1.",
        "“Other” depends on itself through the achievements it lists, so no one can earn it.",
    ]
