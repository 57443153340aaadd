"""The JSON-LD contexts, from the files beside this one: what a signature covers must not depend on another's server."""

import json
from pathlib import Path
from typing import Any

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


class UnknownContextError(Exception):
    """A document names a context that is none of ours."""


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
