"""The handbook speaks in the words of the pages, and shows them: neither can change without the other."""

import re
from pathlib import Path

import pytest

from tests.messages import found

FOLDER = Path(__file__).parents[2] / "docs" / "handbook"
CHAPTERS = sorted(FOLDER.glob("*.md"))
PICTURES = sorted((FOLDER / "pictures").iterdir())
TASKS = [chapter for chapter in CHAPTERS if chapter.name != "README.md"]
MOST_BYTES = 1_500_000

chapters = pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.name)


def labels() -> set[str]:
    """What stands on pages, as it is written there."""
    forms = [message.id if isinstance(message.id, tuple) else (message.id,) for message in found()]
    return {str(form) for several in forms for form in several}


@chapters
def test_what_is_in_bold_is_a_text_of_the_product(chapter):
    said = {words.removesuffix(".") for words in re.findall(r"\*\*(.+?)\*\*", chapter.read_text())} - {"bold"}

    assert said - labels() == set()


@pytest.mark.parametrize("chapter", TASKS, ids=lambda path: path.name)
def test_each_task_is_a_heading_with_numbered_steps(chapter):
    _title, *tasks = re.split(r"^## ", chapter.read_text(), flags=re.MULTILINE)

    without = [task.splitlines()[0] for task in tasks if not re.match(r".+\n\n1\. ", task)]
    assert (len(tasks) > 3, without) == (True, [])


def test_the_pictures_are_those_that_the_chapters_show():
    shown = [name for chapter in CHAPTERS for name in re.findall(r"\]\(pictures/(.+?)\)", chapter.read_text())]

    assert sorted(shown) == [path.name for path in PICTURES]


def test_the_pictures_are_small():
    assert sum(path.stat().st_size for path in PICTURES) < MOST_BYTES
