"""The Verify button's answer: what is looked at when somebody doubts a badge, a line for each check."""

from dataclasses import dataclass
from datetime import datetime

from badges.models import Credential, IssuedBadge
from badges.openbadges.verifying import verify


@dataclass(frozen=True)
class Check:
    """One thing that was looked at, and whether it is as it should be."""

    is_good: bool
    words: str


def checks_of(issued: IssuedBadge, *, at: datetime) -> list[Check]:
    """Signature, status and dates of the stored credential, checked now; empty while there is none yet.

    What the badge's row says of it is not asked: the signed text is judged as anybody outside would.
    """
    credential = Credential.objects.filter(issued_badge=issued.pk).only("document").first()
    if credential is None:
        return []
    found = verify(credential.document, at=at)
    if not found.is_signed:
        return [Check(is_good=False, words=words) for words in found.sentences]
    dates_are_good = not found.is_expired and (found.is_current or found.is_revoked)
    verdicts = [True, not found.is_revoked, dates_are_good]
    return [Check(is_good, words) for is_good, words in zip(verdicts, found.sentences, strict=True)]
