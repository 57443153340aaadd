"""Keeps the badges of a stand-in in a file, so that the demo finds them again after a restart."""

import contextlib
import dataclasses
import datetime as dt
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.credly.state import Badge, Event, State


@contextlib.contextmanager
def kept(state: State, file: Path | None) -> Iterator[None]:
    """What the file holds is there at the start; every change is in the file a moment later, and at the end."""
    if file is None:
        yield
        return
    if file.exists():
        _read(state, file)
    threading.Thread(target=_write_changes, args=(state, file), daemon=True).start()
    try:
        yield
    finally:
        _write(state, file)


def _write_changes(state: State, file: Path) -> None:
    while True:
        state.is_changed.wait()
        state.is_changed.clear()
        _write(state, file)


def _write(state: State, file: Path) -> None:
    """Complete or not at all, whenever we are killed."""
    with state.lock:
        kept = {
            "users": state.users,
            "badges": [dataclasses.asdict(badge) for badge in state.badges.values()],
            "events": [dataclasses.asdict(event) for event in state.events.values() if event.badge],
        }
        new = file.with_suffix(".new")
        new.write_text(json.dumps(kept, default=dt.datetime.isoformat))
        new.replace(file)


def _read(state: State, file: Path) -> None:
    kept = json.loads(file.read_text())
    state.users.update(kept["users"])
    for badge in kept["badges"]:
        state.restore(Badge(**_revived(Badge, badge)))
    for event in kept["events"]:
        badge = Badge(**_revived(Badge, event.pop("badge")))
        state.events[event["id"]] = Event(**_revived(Event, event) | {"badge": badge})


def _revived(kind: type[Any], values: dict[str, Any]) -> dict[str, Any]:
    """Moments are moments again."""
    moments = {field.name for field in dataclasses.fields(kind) if field.name.endswith(("_at", "_from"))}
    return {
        name: dt.datetime.fromisoformat(value) if name in moments and value else value for name, value in values.items()
    }
