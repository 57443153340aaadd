"""Draws the SVG of standard input as the PNG of standard output, and may take little: a program of its own.

The library that draws ends its whole process where memory is short. So that is never one that serves anybody else.
"""

import resource
import sys

import resvg_py

MEMORY = 1024**3
SECONDS = 5


def main() -> None:
    """Draw into a square of so many pixels a side, as the one argument says."""
    side = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    drawing = sys.stdin.buffer.read().decode()
    png = resvg_py.svg_to_bytes(
        svg_string=drawing,
        width=side,
        height=side,
        # As browsers count. Without it millimetres, in which many editors write a size, would be nothing.
        dpi=96,
        # A text of a family that is not installed would not be drawn.
        font_family="DejaVu Sans",
        serif_family="DejaVu Serif",
        sans_serif_family="DejaVu Sans",
        cursive_family="DejaVu Serif",
        fantasy_family="DejaVu Sans",
        monospace_family="DejaVu Sans Mono",
    )
    sys.stdout.buffer.write(bytes(png))


if __name__ == "__main__":
    main()
