import pytest
from django.http import QueryDict

from achievements.editor.widgets import COURSE, KINDS, POINTS, IdsInput, KindSelect, WordsOfOneOrOther


@pytest.mark.parametrize(
    ("sent", "is_so"), [("d=on", True), ("d=true", True), ("d=", False), ("d=false", False), ("", False)]
)
def test_a_word_is_read_as_a_box_is(sent, is_so):
    widget = WordsOfOneOrOther(choices=[("on", "different"), ("", "repeated")])

    assert widget.value_from_datadict(QueryDict(sent), {}, "d") is is_so


@pytest.mark.parametrize(("value", "chosen"), [(True, "different"), (False, "repeated"), (None, "repeated")])
def test_the_word_of_a_value_is_chosen(value, chosen):
    options = WordsOfOneOrOther(choices=[("on", "different"), ("", "repeated")]).render("d", value)

    [word] = [line for line in options.splitlines() if "selected" in line]
    assert chosen in word


@pytest.mark.parametrize(
    ("sent", "read"), [(QueryDict("i=3, 4"), "3, 4"), (QueryDict("i=3&i=4"), "3, 4"), ({"i": "5"}, "5"), ({}, None)]
)
def test_ids_are_one_text_however_they_are_sent(sent, read):
    assert IdsInput().value_from_datadict(sent, {}, "i") == read


@pytest.mark.parametrize(("is_one", "word"), [(True, "course"), (False, "courses")])
def test_what_counts_is_said_of_one_or_of_several(is_one, word):
    widget = KindSelect(choices=[(kind, kind) for kind in KINDS])
    widget.is_one = is_one

    option = widget.create_option("kind", COURSE, COURSE, selected=False, index=0)

    assert (option["label"], option["attrs"]["data-one"], option["attrs"]["data-several"]) == (
        word,
        "course",
        "courses",
    )


def test_points_have_one_word():
    attrs = KindSelect().create_option("kind", POINTS, POINTS, selected=False, index=0)["attrs"]

    assert attrs["data-one"] == attrs["data-several"] == "points from other achievements"
