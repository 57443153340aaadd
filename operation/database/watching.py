"""Tells a server that works on a statement for long from one that has stopped answering, and gives the latter up."""

import functools
import math
import threading
import time
from collections.abc import Callable
from typing import Any, Self

import psycopg
from psycopg.abc import PQGen
from psycopg.errors import ConnectionTimeout

# psycopg looks up from its waiting so often.
INTERVAL = 0.1
# For so long no other thread tries a server that was just found silent.
AVOIDED_SECONDS = 2.0
# To find out whether a server answers: to connect (psycopg takes no less), and then between two signs of life.
PROBE_CONNECT_SECONDS = 2
PROBE_PATIENCE = 0.5


class SilentServerError(psycopg.OperationalError):
    """The server says nothing any more. Whether it did what it was told last is not known."""


class Pulse:
    """What this process knows of one server: asked by one thread at a time, believed by all who waited meanwhile."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked_at = self._silent_at = -math.inf
        self._is_beating = True

    def is_lost(self) -> bool:
        """Whether the server was found silent just now, so that trying it again would only take time."""
        return time.monotonic() - self._silent_at < AVOIDED_SECONDS

    def missed(self) -> None:
        """The server was given its time, and said nothing."""
        self._silent_at = time.monotonic()

    def beats(self, ask: Callable[[], bool], *, since: float) -> bool:
        """Whether the server lives. Asks unless somebody began to ask after `since`, a moment of the monotonic clock."""
        with self._lock:
            if self._asked_at < since:
                self._asked_at = time.monotonic()
                self._is_beating = ask()
                if not self._is_beating:
                    self.missed()
            return self._is_beating


@functools.cache
def pulse_of(_host: object, _port: object) -> Pulse:
    """The one of this server, for all threads."""
    return Pulse()


class _ImpatientConnection(psycopg.Connection[Any]):
    """Gives a server up that says nothing for `patience` seconds, whatever it may be working on."""

    patience = PROBE_PATIENCE

    def wait[Result](self, gen: PQGen[Result], interval: float = INTERVAL, timeout: float | None = None) -> Result:
        """What psycopg waits for."""
        return super().wait(self._watched(gen), interval, timeout)

    def _watched[Result](self, gen: PQGen[Result]) -> PQGen[Result]:
        """The same steps. Looks are counted, not seconds: a pause of our own process is no silence of the server."""
        idle_looks = 0
        try:
            awaited = next(gen)
            while True:
                ready = yield awaited
                idle_looks = 0 if ready else idle_looks + 1
                if idle_looks * INTERVAL >= self.patience:
                    self._require_life()
                    idle_looks = 0
                awaited = gen.send(ready)
        except StopIteration as done:
            result: Result = done.value
            return result

    def _require_life(self) -> None:
        self.close()
        raise SilentServerError("the database server no longer answers")


class _Doubt:
    """The question whether the server lives, asked in a thread beside. `is_alive` is None until there is an answer."""

    def __init__(self, ask: Callable[[], bool]) -> None:
        self.is_alive: bool | None = None
        self._ask = ask
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        self.is_alive = self._ask()


class WatchedConnection(_ImpatientConnection):
    """Waits for as long as the server works on a statement, but for `patience` seconds only when it is silent.

    Behind a pooler a statement waits for a session of the server, and so does the question, for `queue_patience` seconds.
    """

    _pulse: Pulse
    _is_alive: Callable[[], bool]
    _is_pooled = False
    _doubt: _Doubt | None = None

    @classmethod
    def connect(  # type: ignore[override]
        cls,
        conninfo: str = "",
        *,
        patience: float = PROBE_PATIENCE,
        queue_patience: float | None = None,
        **parameters: Any,
    ) -> Self:
        """Raises SilentServerError at once when the server was found silent a moment ago."""
        pulse = pulse_of(parameters.get("host"), parameters.get("port"))
        if pulse.is_lost():
            raise SilentServerError("the database server did not answer a moment ago")
        try:
            connection = super().connect(conninfo, **parameters)
        except ConnectionTimeout:
            pulse.missed()
            raise
        connection.patience = patience
        connection._pulse = pulse
        connection._is_pooled = queue_patience is not None
        connection._is_alive = functools.partial(_answers, conninfo, parameters, queue_patience or PROBE_PATIENCE)
        return connection

    def wait[Result](self, gen: PQGen[Result], interval: float = INTERVAL, timeout: float | None = None) -> Result:
        """What psycopg waits for. A doubt is of this waiting alone."""
        self._doubt = None
        return super().wait(gen, interval, timeout)

    def _require_life(self) -> None:
        is_alive = self._is_alive_beside() if self._is_pooled else self._beats()
        if is_alive is False:
            super()._require_life()

    def _beats(self) -> bool:
        return self._pulse.beats(self._is_alive, since=time.monotonic() - self.patience)

    def _is_alive_beside(self) -> bool | None:
        """Asked while we go on waiting: what the question waits for may be the very session that we are to give back."""
        self._doubt = self._doubt or _Doubt(self._beats)
        is_alive = self._doubt.is_alive
        if is_alive is not None:
            self._doubt = None
        return is_alive


def _answers(conninfo: str, parameters: dict[str, Any], patience: float) -> bool:
    """Whether the server answers on a connection of its own. A refusal is an answer: too many connections, for one.

    The query is for a pooler in between, which lets people in without its server.
    """
    limits = {"connect_timeout": PROBE_CONNECT_SECONDS, "autocommit": True}
    try:
        with _ImpatientConnection.connect(conninfo, **(parameters | limits)) as probe:
            probe.patience = patience
            probe.execute("SELECT 1")
    except (ConnectionTimeout, SilentServerError):
        return False
    except psycopg.Error:
        return True
    return True
