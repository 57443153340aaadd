"""What goes wrong on demand: for the next calls or for every n-th, by kind of path, template and recipient."""

import dataclasses
import itertools
import threading
import time
from collections.abc import Iterable

# Those that change how a call is answered; of these, one call takes the first that fits.
BEFORE_STORING = ("close_before", "rate_limited", "server_error", "bad_gateway", "redirect", "refusal")
AFTER_STORING = ("close_after", "server_error_after", "bad_gateway_after", "truncated", "malformed", "drip", "huge")
# Those that go with any other.
SLOWING = ("delay_before", "delay_after", "list_lag", "stuck")
KINDS = BEFORE_STORING + AFTER_STORING + SLOWING


@dataclasses.dataclass(frozen=True)
class Asked:
    """What a fault can be chosen by."""

    call: str
    template: str = ""
    recipient: str = ""


@dataclasses.dataclass
class Fault:
    """`times` calls that fit have it, or, with `every`, each n-th of them; `once_each`: each recipient's first one.

    `call` is a kind of route (issue, batch, list, bulk_list, revoke, replace, delete, templates, template,
    organization, events, event, tokens, …; several with commas, nothing for all), `recipient` a part of the address.
    """

    kind: str
    call: str = "issue"
    recipient: str = ""
    template: str = ""
    times: int | None = None
    every: int | None = None
    once_each: bool = False
    seconds: float = 1.0  # of a delay, a lag, or between two drops of a drip
    retry_after: str | float | None = None
    status: int = 422
    message: str = "Validation failed: Badge is invalid"
    megabytes: float = 32
    location: str = ""  # of a redirect; the same address with a slash if empty

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"There is no fault {self.kind!r}; there are {', '.join(KINDS)}.")
        if self.times is None and not self.every and not self.once_each:
            self.times = 1
        self._fitted = itertools.count(1)
        self._seen: set[tuple[str, str]] = set()

    def fits(self, asked: Asked) -> bool:
        return (
            (not self.call or asked.call in self.call.split(","))
            and self.recipient.casefold() in asked.recipient.casefold()
            and self.template in ("", asked.template)
        )

    def is_due(self, asked: Asked) -> bool:
        """Whether this call, which fits, gets it. Counts the call."""
        if self.once_each:
            person = (asked.template, asked.recipient.casefold())
            is_new = person not in self._seen
            self._seen.add(person)
            return is_new
        if self.every and next(self._fitted) % self.every:
            return False
        if self.times is None:
            return True
        self.times -= 1
        return self.times >= 0


class Faults:
    """Those that wait for their call."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()

    def take(self, asked: Asked) -> list[Fault]:
        """What this call gets: any number of delays, and at most one other."""
        with self._lock:
            due: list[Fault] = []
            is_answered = False
            for fault in self._waiting:
                if (is_answered and fault.kind not in SLOWING) or not fault.fits(asked) or not fault.is_due(asked):
                    continue
                is_answered = is_answered or fault.kind not in SLOWING
                due.append(fault)
            self._waiting = [fault for fault in self._waiting if fault.times is None or fault.times > 0]
            return due


def seconds_of(kind: str, faults: Iterable[Fault]) -> float:
    return sum(fault.seconds for fault in faults if fault.kind == kind)


class Rate:
    """A bucket that fills with `per_second` tokens a second and holds `burst`: who comes when it is empty gets a 429.

    The burst is 5 unless said otherwise: even calls pass at the full rate, a second's worth at once does not.
    """

    def __init__(self, per_second: float, burst: float = 5) -> None:
        self._lock = threading.Lock()
        self._per_second = per_second
        self._burst = burst
        self._tokens = burst
        self._at = time.monotonic()
        self.refused = 0

    def allows(self) -> bool:
        with self._lock:
            moment = time.monotonic()
            self._tokens = min(self._burst, self._tokens + (moment - self._at) * self._per_second)
            self._at = moment
            if self._tokens < 1:
                self.refused += 1
                return False
            self._tokens -= 1
            return True
