"""A browser's part of HTTP against a running site: cookies, forms with their token, no redirect followed unasked."""

import http.client
import re
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlencode


@dataclass(frozen=True)
class Answer:
    """Status, headers in lower case, and text."""

    status: int
    headers: dict[str, str]
    text: str


class HttpsToLoopback(http.client.HTTPSConnection):
    """To a port of this machine, under the name of the site."""

    def connect(self) -> None:
        context: ssl.SSLContext = self._context  # type: ignore[attr-defined]
        plain = socket.create_connection(("127.0.0.1", self.port), self.timeout)
        self.sock = context.wrap_socket(plain, server_hostname=self.host)


@dataclass
class Visitor:
    """One person's browser. `connect` opens a connection; each request has one of its own."""

    connect: Callable[[], http.client.HTTPConnection]
    headers: dict[str, str]
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str) -> Answer:
        return self.send("GET", path, None)

    def submit(self, path: str, data: dict[str, object], *, page: str | None = None) -> Answer:
        """Post a form with the token of its page, which is at `path` unless `page` says otherwise."""
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.get(page or path).text)
        assert found, f"{page or path} has no form"
        return self.send("POST", path, urlencode({"csrfmiddlewaretoken": found[1], **data}))

    def sign_in(self, name: str, password: str) -> None:
        answer = self.submit("/sign-in/", {"username": name, "password": password})
        assert answer.status == 302, answer.text

    def send(self, method: str, path: str, body: str | None) -> Answer:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = self.headers | {"Cookie": cookies, "Content-Type": "application/x-www-form-urlencoded"}
        connection = self.connect()
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            text = response.read().decode(errors="replace")
        finally:
            connection.close()
        for name, value in re.findall(
            r"^([^=]+)=([^;]*)", "\n".join(response.headers.get_all("Set-Cookie") or []), re.MULTILINE
        ):
            self.cookies[name] = value
        return Answer(response.status, {name.lower(): value for name, value in response.headers.items()}, text)
