"""Which people a page may name with a link to their own pages."""

from tms.models import User
from tms.requests import Request


def people_in_reach(request: Request, ids: list[int]) -> set[int]:
    """Those whose page the person may open."""
    return set(User.objects.visible_to(request.user).filter(pk__in=ids).values_list("pk", flat=True))
