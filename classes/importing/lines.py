"""Turns the bytes of a file into lines of text, whatever program wrote it. It trusts nothing, and holds no more than a line."""

import gzip
import io
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

LONGEST_LINE = 1_000_000
# How many lines pass between two looks at the position in the file.
STEP = 2_000

_GZIP = b"\x1f\x8b"
_MARK = "\ufeff"
_FOREIGN = {
    b"PK\x03\x04": gettext_lazy("this is an Excel workbook or another zip file; save it as CSV (UTF-8)."),
    b"\xd0\xcf\x11\xe0": gettext_lazy("this is an old Excel workbook; save it as CSV (UTF-8)."),
    b"\xff\xfe": gettext_lazy("this is UTF-16 text; save it as CSV (UTF-8)."),
    b"\xfe\xff": gettext_lazy("this is UTF-16 text; save it as CSV (UTF-8)."),
    b"%PDF": gettext_lazy("this is a PDF; a CSV file is needed."),
}
# Bytes that are no UTF-8, as `surrogateescape` lets them pass until their line is known.
_UNDECODED = re.compile("[\udc80-\udcff]")


class NotCsv(Exception):  # noqa: N818 - the file is wrong, not we
    """The rest of the file cannot be read; the message says why."""


@contextmanager
def opened_text(path: Path) -> Iterator[tuple[io.TextIOWrapper, Callable[[], int]]]:
    """The unpacked text, and how to ask for the position in the file. Raises OSError."""
    if path.exists() and not path.is_file():
        raise OSError(_("not a file"))
    with path.open("rb") as raw:
        # A gzip is known by its first bytes, whatever its name.
        stream = gzip.GzipFile(fileobj=raw) if raw.peek(2).startswith(_GZIP) else raw
        # The empty `newline` finds every kind of line end, and keeps them as they are inside a quoted cell.
        with io.TextIOWrapper(stream, encoding="utf-8", errors="surrogateescape", newline="") as text:
            yield text, raw.tell


def lines_of(text: io.TextIOWrapper, step: Callable[[], None]) -> Iterator[str]:
    """The lines, each with the end it has: LF, CR LF, or CR alone as old programs on a Mac write.

    Raises NotCsv where the file stops being text of a bearable shape.
    """
    _refuse_foreign(text)
    number = 0
    while line := _next_line(text):
        yield line.removeprefix(_MARK) if number == 0 else line
        number += 1
        if number % STEP == 0:
            step()
    step()


def cannot_be_read(error: OSError) -> str:
    """A sentence for what the system says of a file."""
    return _("it cannot be read: %(reason)s.") % {"reason": error.strerror or error}


@contextmanager
def _said_in_words() -> Iterator[None]:
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise NotCsv(_("the gzip file is damaged or cut off; make it again.")) from error
    except OSError as error:
        raise NotCsv(cannot_be_read(error)) from error


def _refuse_foreign(text: io.TextIOWrapper) -> None:
    with _said_in_words():
        start = text.buffer.peek(4)  # type: ignore[attr-defined]  # of both kinds of stream
    for foreign, message in _FOREIGN.items():
        if start.startswith(foreign):
            raise NotCsv(str(message))


def _next_line(text: io.TextIOWrapper) -> str:
    with _said_in_words():
        line = text.readline(LONGEST_LINE + 1)
    if len(line) > LONGEST_LINE:
        raise NotCsv(_("the line is longer than a million characters; is this a CSV file?"))
    if "\0" in line:
        raise NotCsv(_("it holds a NUL byte; is this a CSV file?"))
    if not line.isascii() and _UNDECODED.search(line):
        raise NotCsv(_("it is not UTF-8 text; save the file as CSV (UTF-8)."))
    return line
