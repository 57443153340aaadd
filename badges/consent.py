"""What a holder lets the world know, and what follows from it for the credential."""

from django.db import transaction

from badges.models import IssuedBadge
from badges.openbadges.credentials import sign_again


@transaction.atomic
def decide(issued: IssuedBadge, *, is_name_public: bool, is_listed: bool) -> None:
    """Keep the holder's decision. The name stands in the credential too, which is signed again when that changes.

    Signed even if it was not yet: whoever is signing it for the first time just now may have read the old decision.
    """
    stored = IssuedBadge.objects.select_for_update(no_key=True).only("is_name_public").get(pk=issued.pk)
    IssuedBadge.objects.filter(pk=issued.pk).update(is_name_public=is_name_public, is_listed=is_listed)
    if stored.is_name_public != is_name_public:
        sign_again(IssuedBadge.objects.get(pk=issued.pk))
