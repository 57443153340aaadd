"""What the stand-in holds for the demo: its templates, and what goes wrong with two of them."""

from tests.credly.account import Account
from tests.credly.faults import Fault
from tests.credly.state import Template, Token
from tms.demo.credly_account import ORGANIZATION, OTHERS, TEMPLATES, TOKEN

FOR_EVER = 1_000_000_000


def prepare(account: Account) -> None:
    """Answers take a moment, one template is refused to everybody, and another fails at each recipient's first call."""
    state = account.state
    account.organization = state.organization = ORGANIZATION
    state.organization_name = "Kestrel Academy Denver"
    account.token = TOKEN
    state.tokens = {TOKEN: Token(TOKEN, expires_at=next(iter(state.tokens.values())).expires_at)}
    for one in (*TEMPLATES, *OTHERS):
        state.add_template(
            Template(id=one.id, name=one.name, description=one.description, organization_id=ORGANIZATION)
        )
    ids = {one.key: one.id for one in TEMPLATES}
    account.latency = 0.3
    words = "Validation failed: Recipient email belongs to nobody known to this stand-in"
    account.faults.add(Fault("refusal", template=ids["analyst"], message=words, times=FOR_EVER))
    account.faults.add(Fault("server_error", template=ids["architect"], once_each=True))
