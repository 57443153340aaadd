"""What a person sees of a badge: enough to accept or reject it by hand."""

import re
from html import escape

from tests.credly.refusing import Refusal, refusal
from tests.credly.state import Badge, State

_PATH = re.compile(r"/badges/(?P<badge>[^/]+)(?P<act>/accept|/reject)?/?")
_NEXT = {"/accept": "accepted", "/reject": "rejected"}
_WORDS = {
    "pending": "It waits for you to accept or to reject it.",
    "accepted": "You have accepted it.",
    "rejected": "You have rejected it.",
    "revoked": "Its issuer has taken it back.",
}


def answer(method: str, path: str, state: State) -> tuple[int, str]:
    """Status and HTML of a person's page; a POST accepts or rejects."""
    if path == "/":
        return 200, _page("Issued badges", _listed(state))
    found = _PATH.fullmatch(path)
    try:
        if found is None:
            raise refusal("no_path")
        badge = state.badge(found["badge"])
        if method == "POST" and found["act"] and badge.state == "pending":
            badge = state.set_state(badge.id, _NEXT[found["act"]])
    except Refusal as why:
        return why.status, _page("No such badge", f"<p>{escape(why.message)}</p>")
    return 200, _page(*_shown(badge, state))


def _listed(state: State) -> str:
    with state.lock:
        rows = [
            f'<li><a href="/badges/{badge.id}">{escape(_shown(badge, state)[0])}</a>, {badge.state}:'
            f" {escape(badge.recipient_email)}</li>"
            for badge in sorted(state.badges.values(), key=lambda badge: badge.created_at, reverse=True)
        ]
    return f"<ul>{''.join(rows)}</ul>" if rows else "<p>None yet.</p>"


def _shown(badge: Badge, state: State) -> tuple[str, str]:
    template = state.templates.get(badge.template_id)
    name = template.name if template else "A badge"
    person = f"{badge.issued_to_first_name} {badge.issued_to_last_name}"
    text = f"<p>Issued by {escape(state.organization_name)} to {escape(person)} ({escape(badge.recipient_email)}).</p>"
    text += f"<p>{_WORDS[badge.state]}</p>"
    if badge.state == "pending":
        text += "".join(
            f'<form method="post" action="/badges/{badge.id}{act}"><button>{word}</button></form>'
            for act, word in (("/accept", "Accept"), ("/reject", "Reject"))
        )
    return name, text


def _page(title: str, text: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>body{{font:1rem/1.5 system-ui;max-width:36rem;margin:3rem auto;"
        "padding:0 1rem}form{display:inline-block;margin-right:1rem}button{font:inherit;padding:.4rem 1.2rem}"
        f"</style></head><body><p>A stand-in for Credly, on this machine only</p><h1>{escape(title)}</h1>{text}"
        "</body></html>"
    )
