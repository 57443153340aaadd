import pytest

from achievements.editor.history import FieldDifference, Sentence, changed_fields, label_of, told
from achievements.models import AchievementChange


def test_a_creation_has_no_differences():
    line = told(AchievementChange(conditions=[{"Subject": 0, "Count": 1}]))

    assert (line.is_creation, str(line), line.fields) == (True, "Created", [])


def test_fields_are_told_in_the_order_of_the_form_with_what_they_said():
    line = told(AchievementChange(changed={"points": ["1", "10"], "name": ["Diver", "Climber"], "badge": ["Owl", ""]}))

    assert line.differences == [
        FieldDifference("name", "Name", "Diver", "Climber"),
        FieldDifference("points", "Points", "1", "10"),
        FieldDifference("badge", "Badge", "Owl", ""),
    ]
    assert str(line) == "Name: Diver → Climber\nPoints: 1 → 10\nBadge: Owl → –"
    assert (line.is_creation, line.fields) == (False, ["name", "points", "badge"])


@pytest.mark.parametrize(
    ("before", "after", "sentences"),
    [
        ([], ["A."], [Sentence("A.", is_new=True)]),
        (["A."], ["B."], [Sentence("A.", is_gone=True), Sentence("B.", is_new=True)]),
        (["A.", "B."], ["B."], [Sentence("A.", is_gone=True), Sentence("B.")]),
        (["A."], ["A.", "A."], [Sentence("A."), Sentence("A.", is_new=True)]),
        (
            ["A.", "B.", "C."],
            ["A.", "D.", "C."],
            [Sentence("A."), Sentence("B.", is_gone=True), Sentence("D.", is_new=True), Sentence("C.")],
        ),
    ],
)
def test_conditions_of_before_and_after_are_one_list(before, after, sentences):
    line = told(AchievementChange(changed={"conditions": [before, after]}))

    assert (line.sentences, line.fields, line.differences) == (sentences, ["conditions"], [])


def test_without_colours_each_sentence_is_marked():
    line = told(AchievementChange(changed={"conditions": [["A.", "B."], ["A.", "C."]]}))

    assert str(line) == "As before: A.\nGone: B.\nNew: C."


def test_the_conditions_of_a_version_are_in_the_canonical_order():
    stored = [{"Count": 1, "Complete": True, "Subject": 10}]

    assert told(AchievementChange(conditions=stored)).text == ('[\n  {"Subject": 10, "Count": 1, "Complete": true}\n]')


def test_changed_fields_are_those_of_all_changes():
    changes = [AchievementChange(changed=fields) for fields in ({"name": ["A", "B"]}, {"points": ["1", "2"]}, {})]

    assert changed_fields(changes) == {"name", "points"}


@pytest.mark.parametrize(
    ("name", "label"), [("name", "Name"), ("frequency_type", "Frequency type"), ("learning_path", "Learning path")]
)
def test_a_field_has_a_name_for_people(name, label):
    assert label_of(name) == label
