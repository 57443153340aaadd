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

# What PyLD leaves as it is in a literal, and canonical N-Quads do not; PyLD's own escapes have none of these.
_TO_ESCAPE = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f\\ufffe\\uffff]")
_ESCAPES = {"\b": "\\b", "\f": "\\f"}


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


def as_canonical(dataset: Any) -> str:
    """The dataset as canonical N-Quads (RDFC-1.0); it is changed by that."""
    return _Rdfc10().canonical(dataset)


def canonical(document: Any, *, load: Loader = load) -> str:
    """A document's statements as canonical N-Quads (RDFC-1.0).

    Raises UndefinedTermError, UnknownContextError wrapped in PyLD's JsonLdError, and JsonLdError for what is no JSON-LD.
    """
    return as_canonical(statements(document, load=load))


class _Rdfc10(URDNA2015):  # type: ignore[misc]  # PyLD has no types
    """PyLD has RDFC-1.0 by its older name, which escaped fewer characters: the rest is escaped here.

    These stand in literals alone, so that a whole line may be escaped. Names of nodes hang on hashes of such lines.
    """

    def canonical(self, dataset: Any) -> str:
        text: str = self.main(dataset, {"format": _N_QUADS})
        lines = _escaped(text).split("\n")[:-1]  # not splitlines, which breaks at characters that are left as they are
        return "".join(f"{line}\n" for line in sorted(lines))

    def hash_nquads(self, nquads: list[str]) -> str:
        digest: str = super().hash_nquads(sorted(map(_escaped, nquads)))
        return digest


def _escaped(text: str) -> str:
    return _TO_ESCAPE.sub(lambda found: _ESCAPES.get(found[0]) or f"\\u{ord(found[0]):04X}", text)


def _processor() -> jsonld.JsonLdProcessor:
    return jsonld.JsonLdProcessor(on_property_dropped=_refuse)


def _options(load: Loader) -> dict[str, Any]:
    return {"documentLoader": load, "contextResolver": ContextResolver(_PARSED, load)}


def _refuse(term: str) -> None:
    raise UndefinedTermError(term)
