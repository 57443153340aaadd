"""What pages weigh and how soon they answer, in a browser, as production serves the demo.

    python benchmarks/pages.py [--rounds N] [--slower N]

gunicorn with the image's configuration, production's settings, collected static files and TLS, on a PostgreSQL and a
broker of its own. An administrator, an instructor and a student sign in and visit every page of their menu; the
instructor a roster, too. Chromium counts bytes and takes the times that people feel, with a processor that is made slow.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.pages_measuring import Figures, measure  # noqa: E402 - the line above lets it be run by its path
from benchmarks.pages_server import Site, serving_the_demo  # noqa: E402

COLD, WARM = 150_000, 30_000  # bytes of a roster
SHIFT, INTERACTION = 0.05, 200  # of every page
HEADS = ("page", "who", "cold kB", "warm kB", "server ms", "ratio", "LCP ms", "CLS", "INP ms")


def main() -> int:
    """Print all pages; 1 when one of them is above what is promised."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9, help="server time is the median of so many (default 9)")
    parser.add_argument("--slower", type=float, default=4, help="how many times as slow the browser is (default 4)")
    options = parser.parse_args()
    with serving_the_demo() as site:
        found = measure(site, rounds=options.rounds, slower=options.slower)
        report(found)
        return tell(broken(found, site))


def report(found: Sequence[Figures]) -> None:
    """The table. A ratio is the server's time beside that of the search page with nothing typed, for the same person."""
    floors = {one.who: one.server for one in found if one.path == "/search/"}
    print(("| {} " * len(HEADS)).format(*HEADS) + "|\n" + "|---" * len(HEADS) + "|")
    for one in found:
        kilobytes = f"{one.cold / 1000:.1f} | {one.warm / 1000:.1f}"
        server = f"{one.server:.0f} | {one.server / floors[one.who]:.1f}"
        print(
            f"| {one.path} | {one.who} | {kilobytes} | {server} | {one.paint:.0f} | {one.shift:.3f} | {one.slowest:.0f} |"
        )


def broken(found: Sequence[Figures], site: Site) -> list[str]:
    """A line for each promise that is not kept."""
    rosters = [one for one in found if one.path == site.roster]
    said = [f"{one.path} weighs {one.cold:,} bytes cold, at most {COLD:,}" for one in rosters if one.cold > COLD]
    said += [f"{one.path} weighs {one.warm:,} bytes warm, at most {WARM:,}" for one in rosters if one.warm > WARM]
    said += [f"{one.path} shifts by {one.shift:.3f}, at most {SHIFT}" for one in found if one.shift > SHIFT]
    late = [one for one in found if one.slowest > INTERACTION]
    return said + [
        f"{one.path} answers a key or a click after {one.slowest:.0f} ms, at most {INTERACTION}" for one in late
    ]


def tell(said: Sequence[str]) -> int:
    """The exit status."""
    print("\n" + "\n".join(said or ["Every promise is kept."]))
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
