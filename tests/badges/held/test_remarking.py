"""A note and a link as they are entered."""

import pytest
from django.http import QueryDict

from badges.held.remarking import RemarkForm, remark_of_student
from badges.issuing.remarks import Remark


def entered(note="", link=""):
    return RemarkForm({"note": note, "link": link})


@pytest.mark.parametrize(
    ("note", "link", "remark"),
    [
        ("", "", Remark()),
        (" <b>Well</b>\r\ndone ", "", Remark("<b>Well</b>\ndone")),
        ("", "work.example", Remark("", "https://work.example")),
        ("n" * 1000, "https://work.example/" + "a" * 479, Remark("n" * 1000, "https://work.example/" + "a" * 479)),
    ],
)
def test_what_is_entered_goes_with_the_badge(note, link, remark):
    form = entered(note, link)

    assert (form.is_refused, form.remark) == (False, remark)
    assert form.is_used == (remark != Remark())


@pytest.mark.parametrize(
    ("note", "link", "errors"),
    [
        ("n" * 10_000, "", {"note": ["Ensure this value has at most 1000 characters (it has 10000)."]}),
        ("a\x07b", "", {"note": ["This holds a control character. Delete it, or type the text again."]}),
        ("So", "javascript:alert(1)", {"link": ["Enter a whole web address that begins with https://."]}),
    ],
)
def test_what_cannot_be_issued_is_refused_at_its_field_and_kept(note, link, errors):
    form = entered(note, link)

    assert (form.is_refused, form.is_used, form.errors) == (True, True, errors)
    assert (form["note"].value(), form["link"].value()) == (note, link)


def test_a_page_that_was_not_sent_has_an_empty_one():
    form = RemarkForm()

    assert (form.is_used, form.is_refused) == (False, False)


def test_a_student_has_fields_of_one_s_own():
    form = remark_of_student(QueryDict("note=All&student-7-note=Own"), 7)

    assert form.is_valid()
    assert form.remark == Remark("Own")
