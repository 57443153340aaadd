"""The seconds an administrator may ask for."""

import pytest

from organizations.undo.forms import UndoForm
from organizations.undo_times import UndoTime
from tests.factories import OrganizationFactory


@pytest.mark.parametrize(
    ("typed", "seconds"), [("", None), ("0", 0), ("300", 300), ("301", ...), ("-1", ...), ("1.5", ...), ("x", ...)]
)
def test_the_bounds_hold_and_stand_beside_the_field(typed, seconds, db):
    inherited = UndoTime(45, OrganizationFactory.build(name="Umbrella"))

    form = UndoForm({"undo_seconds": typed}, instance=OrganizationFactory.create(), inherited=inherited)

    assert (form.instance.undo_seconds if form.is_valid() else ...) == seconds
    assert form.fields["undo_seconds"].help_text == (
        "From 0 to 300. 0 switches Undo off: badges leave at once. Leave empty to use 45 s, from Umbrella."
    )
