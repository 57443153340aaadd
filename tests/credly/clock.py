"""Moments as Credly writes them, and as it takes them."""

import datetime as dt

_ahead = dt.timedelta(0)


def set_ahead(seconds: float) -> None:
    """The clock goes wrong, or right again with 0."""
    global _ahead  # noqa: PLW0603 - a process has one clock
    _ahead = dt.timedelta(seconds=seconds)


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC) + _ahead


def written(moment: dt.datetime | None) -> str | None:
    """ "2014-04-01T14:41:00.000Z"."""
    if moment is None:
        return None
    return moment.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def dated(moment: dt.datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(dt.UTC).date().isoformat()


def parsed(text: object) -> dt.datetime | None:
    """The moment, without a zone if the text has none; None for what is no moment."""
    if not isinstance(text, str):
        return None
    for form in ("%Y-%m-%d %H:%M:%S %z", "%Y-%m-%d %H:%M:%S %Z"):
        try:
            return dt.datetime.strptime(text, form)  # noqa: DTZ007 - whether there is a zone is asked by the caller
        except ValueError:
            continue
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        return None
