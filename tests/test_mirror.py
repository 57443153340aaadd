"""The tests mirror the rooms: a module that decides anything has a test file of its name, at the same place."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TESTS = ROOT / "tests"
APPS = ("achievements", "badges", "classes", "courses", "listing", "operation", "organizations", "tms")
DECIDING = (ast.If, ast.IfExp, ast.For, ast.While, ast.Try, ast.Match, ast.BoolOp, ast.comprehension)
# Folders that a test's place may leave out: what lies in them is one of a kind, and its app has no other of the name.
LEFT_OUT = {"views", "models", "kinds", "commands"}


def modules() -> list[Path]:
    found = (path.relative_to(ROOT) for app in APPS for path in (ROOT / app).rglob("*.py"))
    return sorted(path for path in found if not {"migrations", "local"} & set(path.parts))


def decides(module: Path) -> bool:
    """Whether the module takes one way or another; an app's entry and what a package exports do so for Django alone."""
    if module.name in {"__init__.py", "apps.py"}:
        return False
    return any(isinstance(node, DECIDING) for node in ast.walk(ast.parse((ROOT / module).read_text())))


def places(module: Path) -> list[Path]:
    """Where its test file may be."""
    name, folder = f"test_{module.name}", module.parent
    found = [folder / name]
    if folder.name in LEFT_OUT:
        found.append(folder.parent / name)
    if folder.name == "models":
        found.append(folder.parent / "test_models.py")
    if folder.name == "commands":
        found.append(folder.parents[1] / name)
    return found


@pytest.mark.parametrize("module", [module for module in modules() if decides(module)], ids=str)
def test_a_module_that_decides_has_its_test_file(module):
    assert any((TESTS / place).exists() for place in places(module)), (
        f"one of {[str(place) for place in places(module)]}"
    )
