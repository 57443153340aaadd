"""A pooler before PostgreSQL, as PgBouncer is one: in session mode, or with a server for each transaction."""

import contextlib
import shutil
import socket
import struct
import threading
from pathlib import Path
from typing import Literal

from tests.wire import SOCKET
from tms.local.postgres import scratch_folder

Mode = Literal["session", "transaction", "statement"]
NO_BLOCKS = b"SFATAL\0C08P01\0Mtransaction blocks not allowed in statement pooling mode\0\0"


class Pooler:
    """Listens in `folder`. What is idle is given out last in, first out, or in turns."""

    def __init__(self, upstream: Path, mode: Mode, *, in_turns: bool = False) -> None:
        self.folder, self._upstream, self._mode, self._in_turns = scratch_folder(), upstream, mode, in_turns
        self._idle: list[socket.socket] = []
        self._greeting = b""
        self._all: list[socket.socket] = []
        self._lock = threading.Lock()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.folder / SOCKET))
        self._listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        for one in [self._listener, *self._all]:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._all.append(client)
                threading.Thread(target=self._serve_and_close, args=[client], daemon=True).start()

    def _serve_and_close(self, client: socket.socket) -> None:
        self._serve(client)
        with contextlib.suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)

    def _serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError, EOFError):
            startup = _exactly(client, 4)
            startup += _exactly(client, struct.unpack("!i", startup)[0] - 4)
            server = self._free(self._take(startup))
            client.sendall(self._greeting)
            while True:
                kind, message = _message(client)
                if kind == b"X":
                    return
                if self._mode == "statement" and b"BEGIN" in message:
                    client.sendall(b"E" + struct.pack("!i", len(NO_BLOCKS) + 4) + NO_BLOCKS)
                    return
                server = server or self._take(startup)
                server.sendall(message)
                server = self._answered(server, client, kind)

    def _answered(self, server: socket.socket, client: socket.socket, asked: bytes) -> socket.socket | None:
        """Hand the answer on; the server, as long as the client holds it."""
        if asked not in (b"Q", b"S"):
            return server
        while True:
            kind, message = _message(server)
            is_over = kind == b"Z" and message[5:6] == b"I"
            held = self._free(server) if is_over else server
            client.sendall(message)
            if kind == b"Z":
                return held

    def _free(self, server: socket.socket) -> socket.socket | None:
        """Before the client hears that it is ready, as PgBouncer does: what it asks next finds the server given back."""
        if self._mode == "session":
            return server
        with self._lock:
            self._idle.append(server)
        return None

    def _take(self, startup: bytes) -> socket.socket:
        with self._lock:
            if self._idle:
                return self._idle.pop(0 if self._in_turns else -1)
        server = socket.socket(socket.AF_UNIX)
        self._all.append(server)
        server.connect(str(self._upstream / SOCKET))
        server.sendall(startup)
        greeting, kind = b"", b""
        while kind != b"Z":
            kind, message = _message(server)
            greeting += message
        self._greeting = greeting
        return server


def _message(end: socket.socket) -> tuple[bytes, bytes]:
    head = _exactly(end, 5)
    return head[:1], head + _exactly(end, struct.unpack("!i", head[1:])[0] - 4)


def _exactly(end: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count:
        more = end.recv(count - len(found))
        if not more:
            raise EOFError
        found += more
    return found
