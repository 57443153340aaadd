"""What pages say of the seconds: how many, and whose they are where they are inherited."""

from django.utils.formats import localize
from django.utils.translation import gettext as _

from organizations.undo_times import UndoTime


def said_of(time: UndoTime) -> str:
    """Such as “10 s, from Umbrella”."""
    number = {"seconds": localize(round(time.seconds))}
    if time.said_by is None:
        return _("%(seconds)s s, from the installation") % number
    return _("%(seconds)s s, from %(organization)s") % {**number, "organization": time.said_by}
