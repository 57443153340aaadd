"""What a user name may be. `organizations.old_names` knows the accounts that have one from before these rules.

A name is kept as NFKC writes it. It holds an @ only where it is the account's own address, and no two names differ by
case alone: so a name never opens, or shuts, somebody else's account. The constraints of `User` hold the last two.
"""

import re
import unicodedata

from django.db.models import Q
from django.db.models.functions import Lower
from django.db.models.lookups import Exact

# What a spreadsheet program makes of a long number: 1.23457E+12.
_SHORTENED = re.compile(r"[0-9]+([.,][0-9]+)?e[+-]?[0-9]{2,}", re.IGNORECASE)

IS_ADDRESS = Q(username__contains="@")
IS_OWN_ADDRESS = Q(Exact(Lower("username"), Lower("email")))


def normalized(name: str) -> str:
    """As it is stored and looked for: a name typed full-width is the same name."""
    return unicodedata.normalize("NFKC", name)


def is_shortened_number(name: str) -> bool:
    """Whether a spreadsheet program has most likely cut digits off it."""
    return _SHORTENED.fullmatch(name) is not None
