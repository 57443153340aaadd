"""The link in the letter about a badge, by which we know that the letter was opened.

A letter has no picture that reports anything: what counts is that its link was followed. The link names the badge by the
public id that its page has anyway, and proves with a signature of ours that it stood in a letter. Nobody can make one for
another badge, and who tries finds out nothing: whatever the token, the link leads to the badge's page.

What cannot be told apart: the student, whoever the letter was forwarded to, and a scanner of a mail system that fetches
links as a browser does. Scanners that ask for the head alone are not counted, nor is what a browser fetches beforehand.
"""

from uuid import UUID

from django.core.signing import BadSignature, Signer, TimestampSigner
from django.urls import reverse

from badges.models import IssuedBadge
from badges.openbadges.addresses import absolute

# Who comes from the letter is most likely the student, whether signed in or not. So long their visit verifies nothing.
HOUR = 3600

_letters = Signer(salt="badges.letter")
_arrivals = TimestampSigner(salt="badges.arrival")


def letter_link(issued: IssuedBadge) -> str:
    """The absolute address that the letter leads to."""
    return absolute(reverse("badges:letter", args=[issued.public_id, _letters.signature(str(issued.public_id))]))


def is_of_letter(public_id: UUID, token: str) -> bool:
    """Whether this token stood in the letter about the badge."""
    return _is_signed(_letters, public_id, token)


def arrival(public_id: UUID) -> str:
    """What the page's address carries for an hour, so that its reader is known to come from the letter.

    It holds a moment and a signature: no cookie is set, and the address may be passed on by anybody.
    """
    return _arrivals.sign(str(public_id)).removeprefix(f"{public_id}:")


def has_arrived(public_id: UUID, words: str) -> bool:
    """Whether these are the words of an arrival within the last hour."""
    return _is_signed(_arrivals, public_id, words, max_age=HOUR)


def _is_signed(signer: Signer, public_id: UUID, words: str, **options: int) -> bool:
    try:
        signer.unsign(f"{public_id}:{words}", **options)
    except BadSignature:
        return False
    return True
