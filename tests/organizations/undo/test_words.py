"""What pages say of the seconds."""

from organizations.undo.words import said_of
from organizations.undo_times import UndoTime
from tests.factories import OrganizationFactory


def test_they_name_whose_they_are():
    umbrella = OrganizationFactory.build(name="Umbrella")

    assert said_of(UndoTime(10, umbrella)) == "10 s, from Umbrella"
    assert said_of(UndoTime(10, None)) == "10 s, from the installation"
