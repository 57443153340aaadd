"""The pictures of the demo's badges: one file a badge, named after its key."""

from pathlib import Path


def picture(key: str) -> bytes:
    """The badge's PNG, 600 pixels wide and high, on a transparent ground."""
    return (Path(__file__).parent / f"{key}.png").read_bytes()
