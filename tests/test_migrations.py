"""Every migration bears the code before it: in an upgrade that code still runs, and reads and writes the same tables."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

OURS = {"operation", "organizations", "listing", "badges", "courses", "classes", "achievements"}
# What the code before asks for by a name that is gone then.
TAKES_AWAY = (
    migrations.RemoveField,
    migrations.RenameField,
    migrations.DeleteModel,
    migrations.RenameModel,
    migrations.AlterModelTable,
)


def faults(operation: Operation, before: ProjectState, app: str) -> Iterator[str]:
    """What the code before could not live with. A migration that only looks so says why in `bears_the_code_before`."""
    if isinstance(operation, TAKES_AWAY):
        yield f"{operation.describe()}: the code before still uses it. Take it away one version later."
    if isinstance(operation, migrations.AddField) and not is_filled_by_the_database(operation.field):
        yield f"{operation.describe()}: the code before leaves it out. Give it a db_default, or let it be null."
    if isinstance(operation, migrations.AlterField):
        stored = before.models[app, operation.model_name_lower].get_field(operation.name)
        if stored.null and not is_filled_by_the_database(operation.field):
            yield f"{operation.describe()}: the code before still writes null."
    if isinstance(operation, migrations.SeparateDatabaseAndState):
        for inner in operation.database_operations:
            yield from faults(inner, before, app)


def is_filled_by_the_database(field: "models.Field[Any, Any]") -> bool:
    return field.null or field.many_to_many or field.has_db_default() or field.generated


def all_faults() -> list[str]:
    loader = MigrationLoader(None)
    found = []
    for (app, name), migration in sorted(loader.disk_migrations.items()):
        if app not in OURS or name.startswith("0001_") or hasattr(migration, "bears_the_code_before"):
            continue
        state = loader.project_state((app, name), at_end=False)
        for operation in migration.operations:
            found += [f"{app}.{name}: {fault}" for fault in faults(operation, state, app)]
            operation.state_forwards(app, state)
    return found


def test_every_migration_bears_the_code_before_it():
    assert all_faults() == []


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        (migrations.RemoveField("badge", "name"), "still uses it"),
        (migrations.RenameField("badge", "name", "title"), "still uses it"),
        (migrations.DeleteModel("Badge"), "still uses it"),
        (migrations.AddField("badge", "colour", models.TextField(default="")), "leaves it out"),
        (migrations.AlterField("badge", "valid_days", models.IntegerField()), "still writes null"),
        (
            migrations.SeparateDatabaseAndState(database_operations=[migrations.RemoveField("badge", "name")]),
            "still uses it",
        ),
    ],
)
def test_what_the_code_before_cannot_live_with_is_found(operation, words):
    state = MigrationLoader(None).project_state(("badges", "0001_initial"))

    [fault] = faults(operation, state, "badges")

    assert words in fault


@pytest.mark.parametrize(
    "operation",
    [
        migrations.AddField("badge", "colour", models.TextField(default="", db_default="")),
        migrations.AddField("badge", "colour", models.TextField(null=True)),
        migrations.AlterField("badge", "name", models.TextField()),
        migrations.RemoveConstraint("badge", "x"),
    ],
)
def test_what_the_code_before_does_not_notice_may_be_done(operation):
    state = MigrationLoader(None).project_state(("badges", "0001_initial"))

    assert list(faults(operation, state, "badges")) == []
