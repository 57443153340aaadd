"""Starts a stand-in for Credly as a process of its own, and speaks to its control plane."""

import contextlib
import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from badges.models import BadgeProvider
from badges.secrets import encrypt
from tests.factories import BadgeProviderFactory
from tests.starting import start

ROOT = Path(__file__).parents[2]
TOKEN = "stand-in-token-4f1d"
ORGANIZATION = "8f1f2b4e-6c1a-4d52-9a57-2b6a3f1c0d11"
_CONTROL_SECRET = "control"


@dataclass(frozen=True)
class Request:
    """A request that the stand-in saw. `status` is None while it is under way, 0 when the connection was closed."""

    method: str
    path: str
    status: int | None
    call: str
    query: str
    body: Any
    at: float
    fault: str


@dataclass(frozen=True)
class Credly:
    """The stand-in, seen from a test. `url` is what an administrator would enter."""

    url: str
    token: str = TOKEN
    organization: str = ORGANIZATION

    @property
    def site(self) -> str:
        return self.url.removesuffix("/v1")

    @property
    def host(self) -> str:
        """For settings.PROVIDER_TEST_HOSTS."""
        return self.site.removeprefix("http://")

    def provider(self, **overrides: Any) -> BadgeProvider:
        """A stored provider that points here."""
        fields = {
            "kind": BadgeProvider.Kind.CREDLY,
            "provider_organization_id": self.organization,
            "encrypted_token": encrypt(self.token),
            "api_url": self.url,
            "requests_per_second": 500,
        }
        return BadgeProviderFactory.create(**fields | overrides)

    # --- what it holds

    def template(self, name: str = "Networking Basics", **fields: Any) -> str:
        """A new template's id. Fields: description, state, allow_duplicate_badges, image_url, expires_in_days,
        organization_id (another's, for a foreign one), skills, …"""
        return str(self.control("template", name=name, **fields))

    def change_template(self, template: str, **fields: Any) -> None:
        self.control("change_template", id=template, **fields)

    def archive(self, template: str) -> None:
        self.change_template(template, state="archived")

    def delete_template(self, template: str) -> None:
        self.control("delete_template", id=template)

    def badges(self) -> list[dict[str, Any]]:
        """Everything issued, oldest first, as Credly shows it."""
        return list(self.control("badges"))

    def events(self) -> list[dict[str, Any]]:
        return list(self.control("events"))

    def set_state(self, badge: str, state: str) -> None:
        """The holder accepts or rejects it, or somebody at Credly revokes it."""
        self.control("set_state", id=badge, state=state)

    def change_badge(self, badge: str, **fields: Any) -> None:
        """As if it had always been so; `age`: how old it is, in seconds."""
        self.control("change_badge", id=badge, **fields)

    def delete_badge(self, badge: str) -> None:
        self.control("delete_badge", id=badge)

    def readdress(self, badge: str, email: str) -> None:
        self.control("readdress", id=badge, email=email)

    def join_addresses(self, first: str, second: str) -> None:
        """Both belong to one person's account at Credly."""
        self.control("join_addresses", first=first, second=second)

    def duplicates_count(self, states: Sequence[str]) -> None:
        """In which states a badge stands in the way of a second one."""
        self.control("duplicates_count", states=list(states))

    # --- its token

    def expire_token(self) -> None:
        self.control("expire_token")

    def change_token(self, **rights: Any) -> None:
        """can_read, can_write, can_delete, and seconds to live; `secret` adds another token."""
        self.control("token", **rights)

    # --- how it answers

    def fault(self, kind: str, **options: Any) -> None:
        """See tests.credly.faults.Fault: for the next issue call unless `times`, `every`, `once_each` or `call` say else."""
        self.control("fault", kind=kind, **options)

    def clock(self, *, ahead: float) -> None:
        """Its clock is so many seconds ahead of ours, or behind."""
        self.control("clock", ahead=ahead)

    def clear_faults(self) -> None:
        self.control("clear_faults")

    def let_go(self) -> None:
        """What is stuck is answered now."""
        self.control("let_go")

    def list_everything(self) -> None:
        """What `list_lag` keeps out of its lists is in them now."""
        self.control("list_everything")

    def answer_after(self, seconds: float) -> None:
        """Every answer takes this long, half of it before storing."""
        self.control("latency", seconds=seconds)

    def limit(self, per_second: float, burst: float = 5) -> None:
        """More than this is answered with 429."""
        self.control("rate", per_second=per_second, burst=burst)

    def refused_by_rate(self) -> int:
        """How many calls `limit` has refused."""
        return int(self.control("refused_by_rate"))

    # --- what it saw and says

    def requests(self, call: str = "") -> list[Request]:
        """Every call of the API in the order of arrival, or those of one kind."""
        seen = [Request(**request) for request in self.control("requests")]
        return [request for request in seen if call in ("", request.call)]

    def webhook(self, **options: Any) -> None:
        """url; copies of each event; is_held, until `release`."""
        self.control("webhook", **options)

    def release(self, *, backwards: bool = False) -> None:
        self.control("release", backwards=backwards)

    def webhooks_sent(self) -> list[dict[str, Any]]:
        """event_id and the status (None without an answer) of each attempt."""
        return list(self.control("webhooks_sent"))

    def reset(self) -> None:
        self.control("reset")

    def control(self, act: str, **options: Any) -> Any:
        request = urllib.request.Request(
            f"{self.site}/__control/{act}", json.dumps(options).encode(), {"X-Control-Secret": _CONTROL_SECRET}
        )
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                raise AssertionError(f"The stand-in refused {act}: {error.read().decode()}") from None


@contextlib.contextmanager
def started(*arguments: str) -> Iterator[Credly]:
    """A process of its own on a free port; it ends with us, even if we are killed."""
    command = [sys.executable, "-m", "tests.credly.standin", "--ends-with-stdin", "--token", TOKEN]
    command += ["--organization", ORGANIZATION, "--control-secret", _CONTROL_SECRET, *arguments]
    process = start(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        url = process.stdout.readline().decode().strip()
        assert url, "The stand-in for Credly did not start."
        yield Credly(url)
    finally:
        process.stdin.close()
        process.stdout.close()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
