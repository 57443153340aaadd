"""The stand-in's own door: what a test, and nobody else, may ask of it."""

import dataclasses
import datetime as dt
from collections.abc import Callable
from typing import Any

from tests.credly import clock, objects
from tests.credly.account import Account
from tests.credly.faults import Fault, Rate
from tests.credly.state import Template, Token

type Options = dict[str, Any]


def act(name: str, options: Options, account: Account) -> Any:
    """Raises KeyError for an act that there is none of, Refusal for an id that is not known."""
    return _ACTS[name](account, options)


def _reset(account: Account, _: Options) -> None:
    clock.set_ahead(0)
    account.reset()


def _clock(_: Account, options: Options) -> None:
    clock.set_ahead(options["ahead"])


def _template(account: Account, options: Options) -> str:
    wanted: Options = {"organization_id": account.state.organization} | options
    return account.state.add_template(Template(**wanted)).id


def _change_template(account: Account, options: Options) -> None:
    account.state.change_template(options.pop("id"), **options)


def _delete_badge(account: Account, options: Options) -> None:
    account.state.delete(options["id"])


def _change_badge(account: Account, options: Options) -> None:
    """Fields of a badge as if it had always been so; `age` in seconds makes it as old."""
    badge = account.state.badge(options.pop("id"))
    if "age" in options:
        badge.created_at = clock.now() - dt.timedelta(seconds=options.pop("age"))
    for name, value in options.items():
        setattr(badge, name, value)


def _list_everything(account: Account, _: Options) -> None:
    state, now = account.state, clock.now()
    with state.lock:
        for badge in state.badges.values():
            badge.listed_from = min(badge.listed_from, now)


def _delete_template(account: Account, options: Options) -> None:
    account.state.delete_template(options["id"])


def _set_state(account: Account, options: Options) -> None:
    account.state.set_state(options["id"], options["state"])


def _readdress(account: Account, options: Options) -> None:
    account.state.readdress(options["id"], options["email"])


def _join_addresses(account: Account, options: Options) -> None:
    account.state.join_addresses(options["first"], options["second"])


def _duplicates_count(account: Account, options: Options) -> None:
    account.state.states_that_count = set(options["states"])


def _token(account: Account, options: Options) -> None:
    """Another token, or the same one with other rights: can_read, can_write, can_delete, seconds to live."""
    expires_at = clock.now() + dt.timedelta(seconds=options.pop("seconds", 180 * 86400))
    secret = options.pop("secret", account.token)
    account.state.tokens[secret] = Token(secret, expires_at, **options)


def _expire_token(account: Account, _: Options) -> None:
    account.state.tokens[account.token].expires_at = clock.now() - dt.timedelta(seconds=1)


def _fault(account: Account, options: Options) -> None:
    account.faults.add(Fault(**options))


def _clear_faults(account: Account, _: Options) -> None:
    account.faults.clear()


def _let_go(account: Account, _: Options) -> None:
    account.may_go.set()


def _latency(account: Account, options: Options) -> None:
    account.latency = options["seconds"]


def _rate(account: Account, options: Options) -> None:
    account.rate = Rate(**options) if options else None


def _refused_by_rate(account: Account, _: Options) -> int:
    return account.rate.refused if account.rate else 0


def _requests(account: Account, _: Options) -> list[Options]:
    return [dataclasses.asdict(seen) for seen in list(account.seen)]


def _badges(account: Account, _: Options) -> list[Options]:
    state = account.state
    with state.lock:
        return [objects.badge(badge, state, account.site) for badge in state.badges.values()]


def _events(account: Account, _: Options) -> list[Options]:
    state = account.state
    with state.lock:
        return [objects.event(event, state, account.site) for event in state.events.values()]


def _webhook(account: Account, options: Options) -> None:
    account.state.webhook_url = options.get("url", account.state.webhook_url)
    account.sender.copies = options.get("copies", account.sender.copies)
    account.sender.is_held = options.get("is_held", account.sender.is_held)


def _release(account: Account, options: Options) -> None:
    account.sender.release(backwards=options.get("backwards", False))


def _webhooks_sent(account: Account, _: Options) -> list[Options]:
    return list(account.sender.sent)


_ACTS: dict[str, Callable[[Account, Options], Any]] = {
    "reset": _reset,
    "template": _template,
    "change_template": _change_template,
    "change_badge": _change_badge,
    "delete_badge": _delete_badge,
    "delete_template": _delete_template,
    "set_state": _set_state,
    "readdress": _readdress,
    "join_addresses": _join_addresses,
    "duplicates_count": _duplicates_count,
    "token": _token,
    "expire_token": _expire_token,
    "clock": _clock,
    "fault": _fault,
    "clear_faults": _clear_faults,
    "latency": _latency,
    "let_go": _let_go,
    "list_everything": _list_everything,
    "rate": _rate,
    "refused_by_rate": _refused_by_rate,
    "requests": _requests,
    "badges": _badges,
    "events": _events,
    "webhook": _webhook,
    "release": _release,
    "webhooks_sent": _webhooks_sent,
}
