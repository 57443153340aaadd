"""`manage.py clean_texts`: take control characters out of stored texts, and sign anew what was signed of them."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from badges.openbadges import cleaning
from badges.secrets import UnreadableSecretError


class Command(BaseCommand):
    help = "Take control characters out of the texts of badges, and sign the badges again that were signed with them."

    def handle(self, *_args: Any, **_options: Any) -> None:
        count, taken = cleaning.clean_texts()
        self.stdout.write(ngettext("%d text cleaned.", "%d texts cleaned.", count) % count)
        for name in taken:
            self.stderr.write(_("%s: another one has the clean name. Rename one of them, then run this again.") % name)
        try:
            count = cleaning.sign_anew(at=timezone.now())
        except UnreadableSecretError:
            raise CommandError(
                _("The key of an issuer cannot be read. Put its key back into ENCRYPTION_KEYS, then run this again.")
            ) from None
        self.stdout.write(ngettext("%d badge signed again.", "%d badges signed again.", count) % count)
