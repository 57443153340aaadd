import pytest

from badges.models import IssuedBadge, Via
from badges.openbadges.provenance import evidence_of, has_public_source, provenance
from organizations.models import User

OURS = "Issued by the organization itself."


@pytest.mark.parametrize(
    ("via", "words", "sentence"),
    [
        (Via.ROSTER, "Morning", "Issued to a participant of the class “Morning”."),
        (Via.ASSIGNMENT, "Cloud", "Issued for the course “Cloud”."),
        (Via.ACHIEVEMENT, "Ten Labs", "Earned by completing “Ten Labs”."),
        (Via.ADMIN, "by Ines", OURS),
        (Via.ROSTER, "", OURS),
        (Via.ROSTER, " \n", OURS),
    ],
)
def test_a_sentence_says_on_what_a_badge_was_issued_and_names_no_person(via, words, sentence):
    issued = IssuedBadge(via=via, source_words=words, student=User())

    assert provenance(issued) == sentence
    assert has_public_source(issued) is (sentence != OURS)
    assert evidence_of(issued) == ([{"name": words, "description": sentence}] if sentence != OURS else [])


def test_per_cent_signs_in_a_name_stay_as_they_are():
    assert provenance(IssuedBadge(via=Via.ROSTER, source_words="100 %s")) == (
        "Issued to a participant of the class “100 %s”."
    )


def test_evidence_is_told_in_the_students_language():
    issued = IssuedBadge(via=Via.ROSTER, source_words="Morning", student=User(language="de"))

    (evidence,) = evidence_of(issued)

    assert (evidence["name"], "Schulung" in evidence["description"]) == ("Morning", True)


@pytest.mark.parametrize(
    ("note", "link", "remarks"),
    [
        ("", "", []),
        ("Well done", "", [{"name": "Anmerkung der ausstellenden Person", "narrative": "Well done"}]),
        ("", "https://work.example/a", [{"id": "https://work.example/a", "name": "work.example"}]),
        ("So", "https://work.example", [{"id": "https://work.example", "name": "work.example", "narrative": "So"}]),
        ("", "javascript:alert(1)", []),
        ("", "https://[", []),
    ],
)
def test_what_the_issuer_says_is_evidence_of_its_own(note, link, remarks):
    student = User(language="de")

    assert evidence_of(IssuedBadge(via=Via.ADMIN, note=note, link=link, student=student)) == remarks
    of_class = IssuedBadge(via=Via.ROSTER, source_words="Morning", note=note, link=link, student=student)
    assert evidence_of(of_class)[1:] == remarks
