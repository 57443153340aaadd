"""XLSX files as somebody else's reader opens them."""

import io
from typing import Any

import openpyxl


def content_of(response: Any) -> bytes:
    """The file that an answer streams, which is then given back to the disk."""
    content = b"".join(response)
    if file := getattr(response, "file_to_stream", None):  # the test client closes it
        file.close()
    return content


def sheet_of(response: Any) -> Any:
    """The one sheet of a downloaded workbook."""
    [sheet] = openpyxl.load_workbook(io.BytesIO(content_of(response))).worksheets
    return sheet


def rows_of(response: Any) -> list[list[Any]]:
    """What the cells of the sheet hold, the heads first."""
    return [list(row) for row in sheet_of(response).iter_rows(values_only=True)]
