"""On what a badge was issued, in a sentence for everybody: it names a class, course or achievement, and no person."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from badges.models import IssuedBadge, Via
from organizations.languages import speaking_to

_SENTENCES = {
    Via.ROSTER.value: gettext_lazy("Issued to a participant of the class “%(source)s”."),
    Via.ASSIGNMENT.value: gettext_lazy("Issued for the course “%(source)s”."),
    Via.ACHIEVEMENT.value: gettext_lazy("Earned by completing “%(source)s”."),
}


def has_public_source(issued: IssuedBadge) -> bool:
    """Whether `source_words` names what the badge was earned with. Of other ways they are notes for ourselves."""
    return issued.via in _SENTENCES and bool(issued.source_words.strip())


def evidence_of(issued: IssuedBadge) -> list[dict[str, str]]:
    """What the badge was earned with, in the student's language: by name alone, nothing that tells of people.

    Without an address: the pages of a class, course or achievement are for who signs in, and the world reads this.
    """
    if not has_public_source(issued):
        return []
    with speaking_to(issued.student):
        return [{"name": issued.source_words, "description": provenance(issued)}]


def provenance(issued: IssuedBadge) -> str:
    """A sentence that says on what the badge was issued (N9), without naming whoever issued it."""
    if not has_public_source(issued):
        return _("Issued by the organization itself.")
    return _SENTENCES[issued.via] % {"source": issued.source_words}
