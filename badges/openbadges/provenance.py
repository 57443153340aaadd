"""On what a badge was issued, in a sentence for everybody: it names a class, course or achievement, and no person."""

from urllib.parse import urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from badges.models import IssuedBadge, Via
from operation.web_addresses import web_address
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
    """In the terms of Open Badges, what the badge was earned with, and what its issuer says of it (N19).

    The first is in the student's language: by name alone, nothing that tells of people. Without an address: the pages of
    a class, course or achievement are for who signs in, and the world reads this.
    """
    with speaking_to(issued.student):
        found = []
        if has_public_source(issued):
            found.append({"name": issued.source_words, "description": provenance(issued)})
        if remark := _remark(issued):
            found.append(remark)
        return found


def _remark(issued: IssuedBadge) -> dict[str, str]:
    """What the issuer has added: a link is named by where it leads."""
    link = web_address(issued.link)
    if not link and not issued.note:
        return {}
    said = {"id": link, "name": urlsplit(link).hostname or _("Note from the issuer"), "narrative": issued.note}
    return {name: words for name, words in said.items() if words}


def provenance(issued: IssuedBadge) -> str:
    """A sentence that says on what the badge was issued (N9), without naming whoever issued it."""
    if not has_public_source(issued):
        return _("Issued by the organization itself.")
    return _SENTENCES[issued.via] % {"source": issued.source_words}
