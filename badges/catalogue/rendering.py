"""Draws badge art that is SVG as pixels, for whoever shows no SVG: networks, mail programs, readers of baked pictures."""

import logging
import subprocess
import sys
from pathlib import Path

from django.core.cache import cache
from django.core.files.storage import Storage

from badges.catalogue import render_drawing
from badges.catalogue.derived import keep

logger = logging.getLogger(__name__)

SIDE = 512
# Until a picture that takes as long as it may is given up, on a machine that has other things to do.
PATIENCE = 20.0
# For so many seconds a drawing that could not be drawn is not tried again.
GIVEN_UP_FOR = 3600


class UndrawableError(Exception):
    """The drawing takes more memory or time than a picture may, or draws nothing."""


def draw(svg: bytes, *, side: int = SIDE) -> bytes:
    """The drawing as a PNG that fits into a square of `side` pixels. Raises UndrawableError.

    Only what drawings.sanitise let in may come here: it leads to no file.
    """
    program = [sys.executable, "-I", str(Path(render_drawing.__file__)), str(side)]
    try:
        done = subprocess.run(program, input=svg, capture_output=True, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        raise UndrawableError from None
    if done.returncode != 0:
        logger.info("A drawing could not be drawn: %s", done.stderr[-500:].decode(errors="replace"))
        raise UndrawableError
    return done.stdout


def drawn(storage: Storage, name: str) -> str:
    """The name of the PNG that is kept beside a stored drawing, drawn now if there is none. Raises UndrawableError.

    A drawing is never changed under its name, so that its PNG is drawn once.
    """
    beside = f"{name.removesuffix('.svg')}-drawn.png"
    if storage.exists(beside):
        return beside
    key = f"badges.undrawable.{name}"
    if cache.get(key):
        raise UndrawableError
    try:
        with storage.open(name) as stored:
            png = draw(stored.read())
    except OSError:
        raise UndrawableError from None
    except UndrawableError:
        cache.set(key, True, GIVEN_UP_FOR)  # noqa: FBT003 - the cache's own
        raise
    keep(storage, beside, png)
    return beside
