"""docker-compose.yml as an engine reads it: its services with the variables of a .env put in."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "docker-compose.yml").read_text()
SERVICES: dict[str, Any] = yaml.safe_load(TEXT)["services"]
EXAMPLE = (ROOT / ".env.example").read_text()

# In the order in which compose looks for them: the one that comes first in the text decides.
_OPERATORS = re.compile(r":\?|\?|:-|-")


class MissingVariableError(Exception):
    """Compose would not start: the message is what it would say."""


def example() -> dict[str, str]:
    """The lines of .env.example; what is left to be filled in is empty."""
    return dict(line.split("=", 1) for line in EXAMPLE.splitlines() if line and not line.startswith("#"))


def filled_in() -> dict[str, str]:
    """The same with something in every line."""
    return {name: value or "x1" for name, value in example().items()}


def service(name: str, variables: Mapping[str, str]) -> dict[str, Any]:
    """A service with everything interpolated; raises MissingVariableError."""
    filled: dict[str, Any] = _filled(SERVICES[name], variables)
    filled["environment"] = _passed_on(filled.get("environment", {}), variables)
    return filled


def seconds(duration: str) -> float:
    """`35s` or `1m`."""
    return float(duration[:-1]) * {"s": 1, "m": 60}[duration[-1]]


def _filled(value: Any, variables: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return interpolated(value, variables)
    if isinstance(value, dict):
        return {key: _filled(one, variables) for key, one in value.items()}
    return [_filled(one, variables) for one in value] if isinstance(value, list) else value


def _passed_on(environment: Mapping[str, str | None], variables: Mapping[str, str]) -> dict[str, str]:
    """A name without a value is passed on where the variable is set, and not set otherwise."""
    found = {name: variables.get(name) if value is None else value for name, value in environment.items()}
    return {name: value for name, value in found.items() if value is not None}


def interpolated(text: str, variables: Mapping[str, str]) -> str:
    """The text with `${NAME}`, `${NAME:-default}`, `${NAME:?message}` and `$$` replaced, nested ones too."""
    before, mark, rest = text.partition("$")
    if not mark:
        return text
    if rest.startswith("$"):
        return before + "$" + interpolated(rest[1:], variables)
    end = _closing_brace(rest)
    return before + _value(rest[1:end], variables) + interpolated(rest[end + 1 :], variables)


def _closing_brace(text: str) -> int:
    depth = 0
    for place, character in enumerate(text):
        depth += (character == "{") - (character == "}")
        if not depth:
            return place
    raise ValueError(text)


def _value(inside: str, variables: Mapping[str, str]) -> str:
    found = _OPERATORS.search(inside)
    if not found:
        return variables.get(inside, "")
    name, operator, alternative = inside[: found.start()], found[0], inside[found.end() :]
    value = variables.get(name)
    if value or (value is not None and ":" not in operator):
        return value
    if "?" in operator:
        raise MissingVariableError(f"{name}: {alternative}")
    return interpolated(alternative, variables)
