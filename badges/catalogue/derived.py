"""Files that are made of a stored picture, again whenever somebody needs them: kept beside it."""

import os
import tempfile
from pathlib import Path

from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, Storage


def keep(storage: Storage, name: str, content: bytes) -> None:
    """Store the file under exactly this name. Whoever reads finds all of it or none, however many store it at once."""
    if isinstance(storage, FileSystemStorage):
        _replace(Path(storage.path(name)), content, mode=storage.file_permissions_mode)
    else:
        # Past `save`, which would give a second one another name. A bucket takes a file as a whole, and replaces it.
        storage._save(name, ContentFile(content))  # type: ignore[attr-defined]  # what every storage defines


def _replace(path: Path, content: bytes, *, mode: int | None) -> None:
    descriptor, unfinished = tempfile.mkstemp(dir=path.parent, prefix=".")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(unfinished).chmod(mode or 0o644)
        Path(unfinished).replace(path)
    except BaseException:
        Path(unfinished).unlink(missing_ok=True)
        raise
