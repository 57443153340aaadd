import subprocess
import sys
from pathlib import Path

from badges.catalogue import render_drawing


def run(content: bytes) -> subprocess.CompletedProcess[bytes]:
    program = [sys.executable, "-I", str(Path(render_drawing.__file__)), "16"]
    return subprocess.run(program, input=content, capture_output=True, check=False)


def test_the_program_draws_what_it_is_given():
    done = run(b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle r="9"/></svg>')

    assert (done.returncode, done.stdout[:8]) == (0, b"\x89PNG\r\n\x1a\n")


def test_what_is_no_drawing_ends_it_and_draws_nothing():
    assert [(run(content).returncode, run(content).stdout) for content in (b"", b"<svg", b"\xff")] == [(1, b"")] * 3


def test_a_size_in_millimetres_or_inches_is_drawn_as_one_in_pixels():
    drawing = '<svg xmlns="http://www.w3.org/2000/svg" {} viewBox="0 0 8 8"><path d="M0 0H4V8H0z"/></svg>'
    sizes = ['width="60mm" height="60mm"', 'width="2in" height="2in"', 'width="70" height="70"']

    first, *others = (run(drawing.format(size).encode()) for size in sizes)

    assert (first.returncode, first.stdout[:8]) == (0, b"\x89PNG\r\n\x1a\n")
    assert [other.stdout for other in others] == [first.stdout] * 2
