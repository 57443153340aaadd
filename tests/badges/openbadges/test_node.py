"""Our credentials before three verifiers in JavaScript (tests/node). What they fetch is what the public site answers.

They are installed once, below var/node/, which takes a package registry. Without one these tests are skipped and say so;
with REQUIRE_NODE=1 that is a failure.
"""

import base64
import datetime as dt
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.utils import timezone

from badges.models import Credential, IssuedBadge
from badges.openbadges import addresses, credentials, keys, proofs, status_lists
from tests.badges.openbadges.conftest import FIXTURES
from tests.factories import PAST, IssuedBadgeFactory

SOURCE = Path(__file__).parents[2] / "node"
INSTALLED = settings.BASE_DIR / "var" / "node"
BIN = Path(sys.executable).parent

type Answers = dict[str, dict[str, Any]]


@pytest.fixture(scope="session")
def verifiers() -> Path:
    """The folder with the verifiers, installed for the lock file as it is; one process installs, the others wait."""
    packages = [SOURCE / name for name in ("package.json", "package-lock.json", ".npmrc")]
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in packages)).hexdigest()[:16]
    folder = INSTALLED / digest
    folder.mkdir(parents=True, exist_ok=True)
    with (INSTALLED / f"{digest}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            for file in packages:
                shutil.copy(file, folder)
            _install(folder)
            (folder / "complete").touch()
        shutil.copy(SOURCE / "verify.mjs", folder)
    return folder


def _install(folder: Path, npm: Path = BIN / "npm") -> None:
    try:
        done = _run([npm, "ci", "--ignore-scripts"], folder)
    except FileNotFoundError as error:
        said = str(error)
    else:
        if done.returncode == 0:
            return
        said = done.stderr[-2000:]
    reason = f"the verifiers in JavaScript could not be installed (npm ci in {folder}): {said}"
    if os.environ.get("REQUIRE_NODE") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def _run(command: list[str | Path], folder: Path) -> subprocess.CompletedProcess[str]:
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        command, cwd=folder, env={**os.environ, "PATH": path}, capture_output=True, text=True, timeout=300, check=False
    )


@pytest.fixture
def ask(verifiers: Path, tmp_path: Path, fetch) -> Callable[..., Answers]:
    """What the verifiers say to each of the cases, and nothing but our documents and 1EdTech's schema was asked for."""

    def answers(issued: IssuedBadge, **cases: dict[str, object]) -> Answers:
        cache.clear()
        documents = {address: fetch(address).decode() for address in _published(issued)}
        schema = (FIXTURES / "ob_v3p0_achievementcredential_schema.json").read_text()
        given = {"documents": documents | {credentials.SCHEMA: schema}, "cases": cases}
        file = tmp_path / "input.json"
        file.write_text(json.dumps(given))
        done = _run([BIN / "node", "verify.mjs", file], verifiers)
        assert done.returncode == 0, done.stderr
        said = json.loads(done.stdout)
        assert set(said["asked"]) <= set(given["documents"]), done.stdout
        results: Answers = said["results"]
        return results

    return answers


def _published(issued: IssuedBadge) -> list[str]:
    tokens_keys = issued.provider.keys.filter(kind="rsa")
    return [
        addresses.did_document(issued.provider),
        addresses.status_list(issued.credential.status_list),
        *[addresses.key(key) for key in tokens_keys],
    ]


def as_json(credential: Credential) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(credential.document)
    return document


def wallet_says(**different: object) -> dict[str, object]:
    """What verifier-core says of a good credential, but for what is `different`. It trusts no issuer by itself."""
    schema = {"schema": credentials.SCHEMA, "result": {"valid": True}}
    where = "Schema was listed in the credentialSchema property of the VC"
    return {
        "valid_signature": True,
        "expiration": True,
        "revocation_status": True,
        "registered_issuer": False,
        "errors": [],
        "additionalInformation": [{"id": "schema_check", "results": [{**schema, "source": where}]}],
        **different,
    }


def sign(issued: IssuedBadge, document: proofs.Document) -> proofs.Document:
    key = keys.in_use(issued.provider).ed25519
    method = addresses.verification_method(key)
    return proofs.sign(document, key=keys.private_ed25519(key), method=method, at=timezone.now())


NOT_SIGNED = {"errors": ["invalid_signature"], "additionalInformation": []}
STRICTLY_GOOD = {"verified": True, "errors": []}


def test_credentials_are_good_and_changed_ones_are_not(issued, ask):
    signed = as_json(credentials.sign(issued))
    renamed = signed | {"name": "Kubernetes"}
    prolonged = signed | {"validUntil": "2099-01-01T00:00:00Z"}

    found = ask(
        issued, good={"credential": signed}, renamed={"credential": renamed}, prolonged={"credential": prolonged}
    )

    assert found["good"] == {"wallet": wallet_says(), "strict": STRICTLY_GOOD}
    for changed in ("renamed", "prolonged"):
        assert found[changed]["wallet"] == NOT_SIGNED
        assert (found[changed]["strict"]["verified"], "Invalid signature." in found[changed]["strict"]["errors"]) == (
            False,
            True,
        )


def test_a_bare_credential_and_one_with_everything_are_good(issued, ask):
    issued.expires_at = timezone.now() + dt.timedelta(days=365)
    bare = IssuedBadgeFactory.create(badge__provider=issued.provider, badge__name="<script>alert('&')</script>")

    found = ask(
        issued,
        full={"credential": as_json(credentials.sign(issued))},
        bare={"credential": as_json(credentials.sign(bare))},
    )

    assert found["full"] == found["bare"] == {"wallet": wallet_says(), "strict": STRICTLY_GOOD}


def test_every_character_in_every_text_is_signed_as_others_read_it(issued, ask):
    """U+0000 too, which no database column holds."""
    every = "".join(map(chr, range(0xA0)))
    pieces = [every[n : n + 0x20] for n in range(0, 0xA0, 0x20)]
    issued.source_words, issued.provider.name = every, f"provider {every}"
    issued.badge.name, issued.badge.description, issued.badge.criteria = every, f"what {every}", f"why {every}"
    issued.student.first_name, issued.student.last_name = pieces[0], every
    status = status_lists.entry(status_lists.open_list(issued.provider), 7)
    document = credentials.describe(issued, status=status)
    document["evidence"] += [{"type": ["Evidence"], "name": piece} for piece in pieces]
    signed = sign(issued, document)
    credentials.sign(IssuedBadge.objects.get(pk=issued.pk))

    found = ask(issued, every={"credential": signed}, changed={"credential": signed | {"name": f"{every}."}})

    assert found["every"] == {"wallet": wallet_says(), "strict": STRICTLY_GOOD}
    assert found["changed"]["wallet"] == NOT_SIGNED


def test_revoked_and_expired_credentials_are_told_apart(issued, ask):
    expired = IssuedBadgeFactory.create(badge=issued.badge, expires_at=PAST)
    revoked = IssuedBadgeFactory.create(badge=issued.badge, status="revoked", revoked_at=PAST)
    credentials.sign(issued)

    found = ask(
        issued,
        expired={"credential": as_json(credentials.sign(expired))},
        revoked={"credential": as_json(credentials.sign(revoked))},
    )

    assert found["expired"]["wallet"] == wallet_says(expiration=False)
    assert found["revoked"]["wallet"] == wallet_says(revocation_status=False)


def test_what_a_retired_key_signed_stays_good(issued, ask):
    before = credentials.sign(issued)
    keys.rotate(issued.provider, at=PAST)
    after = credentials.sign(IssuedBadgeFactory.create(badge=issued.badge))

    found = ask(
        issued,
        before={"credential": as_json(before)},
        after={"credential": as_json(after)},
        old_token={"token": before.token},
        new_token={"token": after.token},
    )

    assert found["before"] == found["after"] == {"wallet": wallet_says(), "strict": STRICTLY_GOOD}
    assert [found[name]["token"]["verified"] for name in ("old_token", "new_token")] == [True, True]


def test_tokens_are_good_and_changed_ones_are_not(issued, ask):
    token = credentials.sign(issued).token
    head, body, signature = token.split(".")
    renamed = json.loads(base64.urlsafe_b64decode(body + "=="))
    renamed["name"] = "Kubernetes"
    changed = base64.urlsafe_b64encode(json.dumps(renamed).encode()).decode().rstrip("=")

    found = ask(issued, good={"token": token}, changed={"token": f"{head}.{changed}.{signature}"})

    assert found["good"]["token"] == {
        "verified": True,
        "header": {"typ": "JWT"},
        "subject": credentials.holder_of(issued),
        "name": "Gîtes & <Kubernetes> “入門”",
    }
    assert found["changed"]["token"] == {"verified": False, "error": "ERR_JWS_SIGNATURE_VERIFICATION_FAILED"}


@pytest.mark.parametrize(
    ("required", "outcome"), [("", pytest.skip.Exception), ("1", pytest.fail.Exception)], ids=["wanted", "required"]
)
@pytest.mark.parametrize("script", [None, "#!/bin/sh\necho no registry >&2\nexit 1\n"], ids=["missing", "failing"])
def test_without_the_verifiers_nobody_says_that_all_is_well(tmp_path, monkeypatch, required, outcome, script):
    monkeypatch.setenv("REQUIRE_NODE", required)
    npm = tmp_path / "npm"
    if script is not None:
        npm.write_text(script)
        npm.chmod(0o755)

    with pytest.raises(outcome, match=r"could not be installed .*(No such file|no registry)"):
        _install(tmp_path, npm)


def test_the_lock_file_names_no_registry():
    packages = json.loads((SOURCE / "package-lock.json").read_text())["packages"]

    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert all("integrity" in package for name, package in packages.items() if name)
