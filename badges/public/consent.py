"""Keeps what a holder lets the world know, and signs the credential again. What pages then show: `publishing`."""

from django.db.models.functions import Now

from badges.models import Credential, IssuedBadge
from badges.openbadges.credentials import up_to_date
from badges.secrets import UnreadableSecretError


def decide(issued: IssuedBadge, *, is_name_public: bool, is_listed: bool) -> bool:
    """Keep the holder's decision, whatever becomes of the credential; whether that may be handed out already.

    The decision stands, and the page follows it, before anything is signed. Where the issuer's key cannot be read, the
    credential that tells the name is not handed out until it can be: the next request for it signs it again.
    """
    IssuedBadge.objects.filter(pk=issued.pk).update(
        is_name_public=is_name_public, is_listed=is_listed, name_decided_at=Now()
    )
    stored = Credential.objects.select_related("issued_badge__student").filter(issued_badge=issued.pk).first()
    if stored is None:
        return True
    try:
        up_to_date(stored)
    except UnreadableSecretError:
        return False
    return True
