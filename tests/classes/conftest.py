"""Files of training, and what an import says to them."""

from pathlib import Path

import pytest


@pytest.fixture
def write(db, tmp_path):
    """Writes files by the names of their kinds, and returns their paths in an order that does not matter."""

    def write_files(**contents: str | bytes) -> list[Path]:
        paths = []
        for name, content in reversed(contents.items()):
            path = tmp_path / f"{name}.csv"
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
            paths.append(path)
        return paths

    return write_files
