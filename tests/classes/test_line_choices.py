import pytest
from django.http import QueryDict
from django.utils import translation

from classes.line_choices import LineChoices
from classes.models import Enrollment
from organizations.models import User

Status, Completion = Enrollment.Status, Enrollment.Completion


def line(**values):
    student = User(first_name="Ada", last_name="<b>Lovelace</b>", username="ada")
    return Enrollment(pk=7, student=student, **{"enrollment_status": Status.ENROLLED, **values})


@pytest.mark.parametrize(
    ("status", "has_begun", "may_change", "expected"),
    [
        (Status.ENROLLED, False, True, (True, False)),
        (Status.ENROLLED, True, True, (False, True)),
        (Status.WAIT_LISTED, False, True, (True, False)),
        (Status.WAIT_LISTED, True, True, (True, False)),
        (Status.WAIT_LISTED, True, False, (False, False)),
        (Status.ENROLLED, True, False, (False, False)),
    ],
)
def test_which_status_of_a_line_is_open(status, has_begun, may_change, expected):
    choices = LineChoices(line(enrollment_status=status), has_begun=has_begun, may_change=may_change)

    assert (choices.may_change_enrollment, choices.may_change_completion) == expected
    assert ("<select" in choices.enrollment(), "<select" in choices.completion()) == expected


def test_a_select_has_every_status_and_the_one_that_is():
    drawn = LineChoices(line(enrollment_status=Status.WAIT_LISTED), has_begun=False).enrollment()

    assert drawn.startswith(
        '<select name="line-7-enrollment" aria-label="Enrollment Status of Ada &lt;b&gt;Lovelace&lt;/b&gt;" form="roster">'
    )
    assert drawn.count("<option") == len(Status)
    assert drawn.count(" selected") == 1
    assert '<option value="wait_listed" selected>Wait-Listed</option>' in drawn


def test_what_cannot_be_changed_is_a_word():
    choices = LineChoices(line(completion_status=Completion.ATTENDING), has_begun=True, may_change=False)

    assert (choices.enrollment(), choices.completion()) == ("Enrolled", "Attending")


def test_a_roster_that_was_refused_keeps_what_was_chosen_and_says_what_is_now():
    sent = QueryDict("line-7-completion=complete&line-7-was_completion=unknown&line-8-completion=failed")
    choices = LineChoices(line(completion_status=Completion.ATTENDING), has_begun=True, sent=sent)

    assert '<option value="complete" selected>' in choices.completion()
    assert 'name="line-7-was_completion" value="attending"' in choices.seen()
    assert 'name="line-7-was_enrollment" value="enrolled"' in choices.seen()


@pytest.mark.parametrize("nonsense", ["famous", "", '"><script>'])
def test_nonsense_that_was_sent_chooses_what_is(nonsense):
    sent = QueryDict(mutable=True)
    sent["line-7-completion"] = nonsense

    drawn = LineChoices(line(completion_status=Completion.ATTENDING), has_begun=True, sent=sent).completion()

    assert '<option value="attending" selected>' in drawn
    assert "script" not in drawn


def test_each_reader_has_the_statuses_in_his_or_her_language():
    drawn = []
    for language in ("en", "de", "en"):
        with translation.override(language):
            drawn.append(LineChoices(line(enrollment_status=Status.WAIT_LISTED), has_begun=False).enrollment())

    assert ["Auf Warteliste" in one for one in drawn] == [False, True, False]
