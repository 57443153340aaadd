"""The JSON-LD contexts, from the files beside this one: what a signature covers must not depend on another's server."""

import json
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pyld import ContextResolver, jsonld
from pyld.canon import URDNA2015

CREDENTIALS = "https://www.w3.org/ns/credentials/v2"
DATA_INTEGRITY = "https://w3id.org/security/data-integrity/v2"
OPEN_BADGES = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
EXTENSIONS = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"

_FILES = {
    CREDENTIALS: "credentials-v2.json",
    DATA_INTEGRITY: "data-integrity-v2.json",
    OPEN_BADGES: "open-badges-3.0.3.json",
    EXTENSIONS: "open-badges-extensions.json",
}


type Loader = Callable[..., dict[str, Any]]

# PyLD's caches are not made for threads, and nothing would run faster without the lock: the work is all Python's.
_LOCK = threading.Lock()
_PARSED: dict[str, Any] = {}
_N_QUADS = "application/n-quads"

# The escapes of canonical N-Quads, and those of them that PyLD leaves to us.
_ESCAPES = {code: f"\\u{code:04X}" for code in (*range(0x20), 0x7F, 0xFFFE, 0xFFFF)}
_ESCAPES |= {ord(character): f"\\{name}" for character, name in zip('\b\t\n\f\r"\\', 'btnfr"\\', strict=True)}
_ESCAPED = re.compile(f"[{re.escape(''.join(map(chr, _ESCAPES)))}]")
_LEFT_TO_US = {code: escape for code, escape in _ESCAPES.items() if chr(code) not in '\t\n\r"\\'}


class UnknownContextError(Exception):
    """A document names a context that is none of ours."""


class UndefinedTermError(Exception):
    """A member that no context defines: it would be left out of what is signed, and nobody would see it."""


def _read(url: str, name: str) -> dict[str, Any]:
    content = json.loads((Path(__file__).parent / name).read_text(encoding="utf-8"))
    # "static" lets PyLD keep what it has made of a context: parsing them again would be most of a signature's cost.
    return {"contextUrl": None, "documentUrl": url, "document": content, "tag": "static"}


_DOCUMENTS = {url: _read(url, name) for url, name in _FILES.items()}


def load(url: str, _options: object = None) -> dict[str, Any]:
    """A document loader for PyLD that has the contexts above and refuses everything else with UnknownContextError."""
    try:
        return _DOCUMENTS[url]
    except KeyError:
        raise UnknownContextError(url) from None


def statements(document: Any, *, load: Loader = load) -> Any:
    """What the document states, as PyLD's RDF dataset. Raises what `canonical` raises."""
    with _LOCK:
        return _processor().to_rdf(document, _options(load))


def escape(text: str) -> str:
    """A text as it stands in a literal of canonical N-Quads."""
    return text.translate(_ESCAPES) if _ESCAPED.search(text) else text


def canonical(document: Any, *, load: Loader = load) -> str:
    """A document's statements as canonical N-Quads (RDFC-1.0).

    Raises UndefinedTermError, UnknownContextError wrapped in PyLD's JsonLdError, and JsonLdError for what is no JSON-LD.
    """
    return _Rdfc10().canonical(statements(document, load=load))


class _Rdfc10(URDNA2015):  # type: ignore[misc]  # PyLD has no types
    """PyLD has RDFC-1.0 by its older name, which escaped fewer characters: the rest is escaped here.

    These stand in literals alone, so that a whole line may be escaped. Names of nodes hang on hashes of such lines.
    """

    def canonical(self, dataset: Any) -> str:
        text: str = self.main(dataset, {"format": _N_QUADS})
        lines = text.translate(_LEFT_TO_US).split("\n")[
            :-1
        ]  # not splitlines, which breaks at characters that are left as they are
        return "".join(f"{line}\n" for line in sorted(lines))

    def hash_nquads(self, nquads: list[str]) -> str:
        digest: str = super().hash_nquads(sorted(nquad.translate(_LEFT_TO_US) for nquad in nquads))
        return digest


def _processor() -> jsonld.JsonLdProcessor:
    return jsonld.JsonLdProcessor(on_property_dropped=_refuse)


def _options(load: Loader) -> dict[str, Any]:
    return {"documentLoader": load, "contextResolver": ContextResolver(_PARSED, load)}


def _refuse(term: str) -> None:
    raise UndefinedTermError(term)
