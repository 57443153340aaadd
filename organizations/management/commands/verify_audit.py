"""Tells whether anybody has changed the audit."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from organizations.audit import sealing
from organizations.models import AuditSeal


class Command(BaseCommand):
    """Reads every entry that is kept, and computes each seal once more."""

    help = "Check that no sealed entry of the audit was changed, added or taken away. Ends with 1 where one was."

    def handle(self, *args: Any, **options: Any) -> None:
        broken = list(sealing.verify(kept_since=timezone.now() - settings.AUDIT_KEPT))
        for one in broken:
            self.stderr.write(
                _("Seal %(seal)s of %(at)s does not hold: it had %(count)s entries, %(found)s are there.")
                % {
                    "seal": one.seal.pk,
                    "at": f"{one.seal.sealed_at:%Y-%m-%d %H:%M} UTC",
                    "count": one.seal.count,
                    "found": one.found,
                }
            )
        if broken:
            raise CommandError(_("The audit was changed."))
        last = AuditSeal.objects.order_by("-pk").first()
        if last is None:
            self.stdout.write(_("Nothing is sealed yet."))
            return
        words = ngettext("The seal holds: %(digest)s", "All %(count)s seals hold. The last: %(digest)s", last.pk)
        self.stdout.write(words % {"count": AuditSeal.objects.count(), "digest": last.digest})
