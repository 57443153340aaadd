"""A wire between Django and PostgreSQL that can be cut, or fall silent, at a word that passes it."""

import contextlib
import shutil
import socket
import threading
from collections.abc import Iterator
from enum import Enum
from pathlib import Path

from django.db import connection

from tms.local.postgres import scratch_folder

SOCKET = ".s.PGSQL.5432"


class Fault(Enum):
    CUT_BEFORE = "cut, and the server never hears the word"
    CUT_AFTER = "the server does what it was told, and its answer is lost with the connection"
    SILENT_AFTER = "the server does what it was told, and nothing is heard of it any more, on any connection"


class Wire:
    """`break_at` arms it. `is_broken` is set once the word has passed."""

    def __init__(self, upstream: Path) -> None:
        self.folder, self._upstream = scratch_folder(), upstream
        self._word, self._fault = b"", Fault.CUT_BEFORE
        self.is_broken = threading.Event()
        self._open: list[socket.socket] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.folder / SOCKET))
        self._listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def break_at(self, word: str, fault: Fault) -> None:
        self._word, self._fault = word.encode(), fault

    def close(self) -> None:
        for one in [self._listener, *self._open]:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(str(self._upstream / SOCKET))
                self._open += [client, server]
                threading.Thread(target=self._up, args=(client, server), daemon=True).start()
                threading.Thread(target=self._down, args=(server, client), daemon=True).start()

    def _up(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := client.recv(65536):
                if self._word and self._word in data:
                    self.is_broken.set()
                    if self._fault is Fault.CUT_BEFORE:
                        break
                server.sendall(data)
        self._cut(client, server)

    def _down(self, server: socket.socket, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(65536):
                if self.is_broken.is_set() and self._fault is Fault.SILENT_AFTER:
                    continue
                if self.is_broken.is_set():
                    break
                client.sendall(data)
        if not self.is_broken.is_set() or self._fault is not Fault.SILENT_AFTER:
            self._cut(client, server)

    def _cut(self, *ends: socket.socket) -> None:
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def wired() -> Iterator[Wire]:
    """Django's connection of this thread goes over a wire, and is patient for a moment only."""
    settings = connection.settings_dict
    before = {"HOST": settings["HOST"], "OPTIONS": settings["OPTIONS"]}
    wire = Wire(Path(connection.get_connection_params()["host"]))
    connection.close()
    settings |= {"HOST": str(wire.folder), "OPTIONS": settings["OPTIONS"] | {"patience": 0.2}}
    try:
        yield wire
    finally:
        connection.close()
        settings |= before
        wire.close()
