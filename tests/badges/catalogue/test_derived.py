import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.files.storage import FileSystemStorage, InMemoryStorage, Storage

from badges.catalogue.derived import keep

NAME = "badges/ring-png-56.webp"
# More than a system writes at once.
CONTENT = b"laurel" * 2_000_000


@pytest.fixture
def folder(tmp_path: Path) -> FileSystemStorage:
    (tmp_path / "badges").mkdir()
    return FileSystemStorage(location=tmp_path)


def read(storage: Storage) -> bytes:
    with storage.open(NAME) as stored:
        content: bytes = stored.read()
    return content


def names(storage: Storage) -> list[str]:
    return sorted(storage.listdir("badges")[1])


def test_a_file_that_is_kept_twice_is_one(folder):
    for storage in (folder, InMemoryStorage()):
        keep(storage, NAME, b"once")
        keep(storage, NAME, b"twice")

        assert (names(storage), read(storage)) == (["ring-png-56.webp"], b"twice")


def test_whoever_reads_meanwhile_finds_all_or_nothing(folder):
    found = []
    with ThreadPoolExecutor(8) as pool:
        writers = [pool.submit(keep, folder, NAME, CONTENT) for _ in range(8)]
        while not all(writer.done() for writer in writers):
            if folder.exists(NAME):
                found.append(read(folder) == CONTENT)
        for writer in writers:
            writer.result()

    assert (set(found) - {True}, names(folder), read(folder) == CONTENT) == (set(), ["ring-png-56.webp"], True)


def test_whoever_began_to_read_goes_on_reading(folder):
    keep(folder, NAME, CONTENT)
    with folder.open(NAME) as stored:
        start = stored.read(6)
        keep(folder, NAME, b"another")

        assert start + stored.read() == CONTENT


def test_it_is_as_readable_as_what_was_uploaded(folder):
    keep(folder, NAME, b"once")

    assert stat.S_IMODE(Path(folder.path(NAME)).stat().st_mode) == 0o644


def test_what_cannot_be_kept_leaves_nothing(folder):
    Path(folder.path(NAME)).mkdir()

    with pytest.raises(OSError, match="directory"):
        keep(folder, NAME, b"once")

    assert names(folder) == []
