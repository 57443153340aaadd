"""The only door to the outside: asks one question over HTTP, safely and in bounded time, and answers with a value.

Underneath is the adapter of `requests` alone, without a session. So there are no redirects, cookies, proxies, retries or
netrc files that somebody would have to keep switched off.

Whether a request can have arrived is not read from exceptions: the same ones stand for a refused certificate and for a
line that broke while the answer came. The connection itself notes the moment at which it begins to write.
"""

import http.client
import io
import json
import logging
import socket
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import requests
from django.conf import settings
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, NewConnectionError

from badges.providers.base import Fault, NotSent, Uncertain
from badges.providers.hosts import Resolve, UnsafeAddressError, check_url, host_of, look_up, safe_addresses
from badges.secrets import DiscreetText
from operation import tallies

logger = logging.getLogger(__name__)

_CHUNK = 64 * 1024


@dataclass(frozen=True)
class Answer:
    """What came back, whatever its status. Header names are lower-case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Client:
    """Keeps connections open between questions. For one thread.

    `before_request` is called before each request and may wait; that wait does not count. `authorization` gives the
    header of that name, asked for as late as possible. `patience` is the most seconds that an answer may take in all.
    `certificates` names a file of trusted authorities in place of the usual ones.
    """

    def __init__(
        self,
        *,
        before_request: Callable[[], None],
        authorization: Callable[[], str] | None = None,
        patience: float | None = None,
        counted_as: str = "picture",
        resolve: Resolve = look_up,
        certificates: str | None = None,
    ) -> None:
        self._before_request = before_request
        self._authorization = authorization
        self._seconds = min(settings.PROVIDER_TOTAL_TIMEOUT, patience or settings.PROVIDER_TOTAL_TIMEOUT)
        self._counted_as = counted_as
        self._certificates = certificates or True
        self._attempt = _Attempt(resolve)
        self._adapter = _Adapter(self._attempt)

    @sensitive_variables()
    def ask(
        self, method: str, url: str, *, query: Mapping[str, str] | None = None, body: object = None
    ) -> Answer | NotSent | Uncertain:
        """One request, its `body` as JSON. NotSent: no byte of it was written. Uncertain: it may have arrived."""
        try:
            host = host_of(check_url(url))
        except UnsafeAddressError as error:
            return NotSent(str(error))
        self._before_request()
        started = time.monotonic()
        self._attempt.begin(started + self._seconds)
        outcome = self._send(method, url, query, body, host)
        spent = round((time.monotonic() - started) * 1000)
        what = outcome.status if isinstance(outcome, Answer) else type(outcome).__name__
        tallies.count("laurel_provider_requests", provider=self._counted_as, answer=str(what))
        # Without the query: it may hold an e-mail address.
        logger.info("%s %s%s %s %d ms", method, host, check_url(url).path, what, spent)
        return outcome

    @sensitive_variables()
    def _send(
        self, method: str, url: str, query: Mapping[str, str] | None, body: object, host: str
    ) -> Answer | NotSent | Uncertain:
        try:
            response = self._adapter.send(
                self._prepare(method, url, query, body),
                stream=True,
                timeout=(settings.PROVIDER_CONNECT_TIMEOUT, min(settings.PROVIDER_READ_TIMEOUT, self._seconds)),
                verify=self._certificates,
            )
            with response:
                headers = {name.lower(): value for name, value in response.headers.items()}
                return Answer(response.status_code, headers, _read(response))
        except _TooLargeError:
            return Uncertain(_("The answer of %(host)s is too large.") % {"host": host})
        except (OSError, HTTPError, http.client.HTTPException, ValueError) as error:
            return self._failure(error, host)

    @sensitive_variables()
    def _prepare(
        self, method: str, url: str, query: Mapping[str, str] | None, body: object
    ) -> requests.PreparedRequest:
        headers: dict[str, str | bytes] = {"Accept-Encoding": "identity", "User-Agent": "laurel"}
        if self._authorization is not None:
            headers["Authorization"] = DiscreetText(self._authorization())
            headers["Accept"] = "application/json"
        if body is not None:
            headers["Content-Type"] = "application/json"
        data = None if body is None else json.dumps(body).encode()
        return requests.Request(method, url, params=query, data=data, headers=headers).prepare()

    def _failure(self, error: Exception, host: str) -> NotSent | Uncertain:
        if not self._attempt.has_written:
            why = self._attempt.why or _("No secure connection to %(host)s: its certificate may be wrong.")
            return NotSent(why % {"host": host})
        if self._attempt.is_over() or "timed out" in str(error).lower():
            return Uncertain(_("%(host)s did not answer in time.") % {"host": host})
        return Uncertain(_("%(host)s broke off before its answer was complete.") % {"host": host})

    def close(self) -> None:
        """Let go of connections."""
        self._adapter.close()


def fetch_image(url: str, before_request: Callable[[], None], *, resolve: Resolve = look_up) -> bytes | Fault:
    """The picture at an address that a provider named, as it came: to be looked at before it is kept.

    Its host may be any public one, so no token goes with the question.
    """
    client = Client(before_request=before_request, resolve=resolve)
    try:
        answer = client.ask("GET", url)
    finally:
        client.close()
    if not isinstance(answer, Answer):
        return answer
    if answer.status != 200:
        return Uncertain(_("The picture could not be read (%(status)s).") % {"status": answer.status})
    return answer.body


class _TooLargeError(Exception):
    """The answer is larger than any that makes sense."""


def _read(response: requests.Response) -> bytes:
    body = bytearray()
    for chunk in response.iter_content(_CHUNK):
        body += chunk
        if len(body) > settings.PROVIDER_MAX_ANSWER:
            raise _TooLargeError
    return bytes(body)


class _Attempt:
    """The request under way, as its connection sees it: what it may still take, and how far it came."""

    def __init__(self, resolve: Resolve) -> None:
        self.resolve = resolve
        self.begin(0.0)

    def begin(self, ends_at: float) -> None:
        self.ends_at = ends_at
        self.has_written = False
        self.why = ""  # no connection came about; with a place for the host

    def left(self, at_most: float | None) -> float:
        """Seconds that the next step may take. Raises TimeoutError."""
        left = self.ends_at - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left if at_most is None else min(left, at_most)

    def is_over(self) -> bool:
        return time.monotonic() >= self.ends_at


class _Connection(HTTPConnection):
    """Goes to addresses that it has checked itself, while TLS still sees the name."""

    def __init__(self, *args: Any, attempt: _Attempt, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._attempt = attempt
        self.response_class = partial(_Response, attempt=attempt)  # type: ignore[assignment]

    def _new_conn(self) -> socket.socket:
        host = self._dns_host.strip("[]")
        try:
            return self._connect(safe_addresses(host, self.port, self._attempt.resolve))
        except UnsafeAddressError as error:
            self._attempt.why = str(error).replace("%", "%%")
            raise NewConnectionError(self, "refused by us") from None
        except OSError as error:
            self._attempt.why = self._attempt.why or _("The name %(host)s was not found.")
            raise NewConnectionError(self, "no connection") from error

    def _connect(self, addresses: Iterable[str]) -> socket.socket:
        self._attempt.why = _("%(host)s cannot be reached.")
        failure: OSError | None = None
        for address in addresses:
            try:
                sock = socket.create_connection(
                    (address, self.port), timeout=self._attempt.left(settings.PROVIDER_CONNECT_TIMEOUT)
                )
            except OSError as error:
                failure = error
                continue
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._attempt.why = ""
            return sock
        raise failure or OSError

    @sensitive_variables()
    def send(self, data: Any) -> None:
        """All that goes out goes through here."""
        self._attempt.has_written = True
        super().send(data)


class _SecureConnection(_Connection, HTTPSConnection):
    """The same over TLS: urllib3 puts the handshake, with the host's name, upon our socket."""


class _Response(http.client.HTTPResponse):
    """Reads no longer than the whole request may take, however small the pieces that arrive in time."""

    def __init__(self, sock: socket.socket, *args: Any, attempt: _Attempt, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp.close()
        self.fp = io.BufferedReader(_Hurried(sock, attempt))


class _Hurried(io.RawIOBase):
    """The bytes of a socket, each wait for them shortened to what is left."""

    def __init__(self, sock: socket.socket, attempt: _Attempt) -> None:
        super().__init__()
        self._sock = sock
        self._file = sock.makefile("rb", buffering=0)
        self._attempt = attempt

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(self._attempt.left(settings.PROVIDER_READ_TIMEOUT))
        return self._file.readinto(buffer)

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()


class _PlainPool(HTTPConnectionPool):
    """Connects before anything is written, as urllib3 does for TLS alone."""

    ConnectionCls = _Connection

    def _validate_conn(self, conn: Any) -> None:
        if conn.is_closed:
            conn.connect()


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class _Adapter(HTTPAdapter):
    """The adapter of `requests` over our connections."""

    def __init__(self, attempt: _Attempt) -> None:
        self._attempt = attempt
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        self.poolmanager = PoolManager(num_pools=2, maxsize=1)
        self.poolmanager.pool_classes_by_scheme = {
            "http": partial(self._pool, _PlainPool),
            "https": partial(self._pool, _SecurePool),
        }

    def _pool(self, kind: type[HTTPConnectionPool], *args: Any, **kwargs: Any) -> HTTPConnectionPool:
        pool = kind(*args, **kwargs)
        pool.conn_kw["attempt"] = self._attempt
        return pool
