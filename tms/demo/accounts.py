"""The demo's accounts as `make run` prints them and its sign-in page shows them."""

from dataclasses import dataclass

from django.utils.functional import Promise

from organizations.models import User
from tms.demo.people import PERSONAS, earner_id_of


@dataclass(frozen=True)
class DemoAccount:
    """An account that is there and open, by the name that it has now."""

    username: str
    words: str | Promise


def demo_accounts() -> list[DemoAccount]:
    """Who of the demo can sign in, in the order of PERSONAS; nobody where the demo is not loaded."""
    words = {earner_id_of(persona.username): persona.words for persona in PERSONAS}
    accounts = User.objects.filter(earner_id__in=words, is_active=True).values_list("earner_id", "username")
    names = dict(accounts)
    return [DemoAccount(names[earner_id], words[earner_id]) for earner_id in words if earner_id in names]
