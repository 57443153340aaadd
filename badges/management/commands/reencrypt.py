"""`manage.py reencrypt`: encrypt every stored secret with the newest key, and say whether the old ones can go."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from badges.accounts.reencrypting import reencrypt


class Command(BaseCommand):
    help = "Encrypt every stored secret with the first of ENCRYPTION_KEYS. Run it again at any time."

    def handle(self, *_args: Any, **_options: Any) -> None:
        outcome = reencrypt()
        self.stdout.write(ngettext("%d secret re-encrypted.", "%d secrets re-encrypted.", outcome.done) % outcome.done)
        for secret in outcome.unreadable:
            self.stderr.write(
                _("%s: no key in ENCRYPTION_KEYS opens it. Put its key back, or enter it again.") % secret
            )
        for secret in outcome.left:
            self.stderr.write(_("%s: was stored with an old key meanwhile. Run this command again.") % secret)
        if outcome.unreadable or outcome.left:
            raise CommandError(_("Keep the old keys: not every secret has the newest one."))
        self.stdout.write(_("Every secret has the newest key. You can take the old ones out of ENCRYPTION_KEYS."))
