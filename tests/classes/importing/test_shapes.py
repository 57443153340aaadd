from classes.importing import cells
from classes.importing.shapes import FileColumn, Kind, Reference
from classes.models import Class

KIND = Kind(
    name="classes",
    model=Class,
    columns=(
        FileColumn(name="number", read=cells.text(9), target="number", is_required=True),
        FileColumn(name="course", read=cells.text(9), is_required=True),
        FileColumn(name="name", read=cells.text(9), target="name"),
    ),
    key=("number",),
    match="t.number = s.number",
    references=(
        Reference(column="course", into="course_id", among="courses", match="", target="course_id"),
        Reference(column="course", into="provider_id", among="providers", match=""),
    ),
    also={"created_at": "now()"},
)


def test_headings_come_in_the_order_of_a_row():
    assert KIND.headings == ["number", "course", "name"]


def test_the_headings_that_every_file_has():
    assert KIND.required == {"number", "course"}


def test_a_row_is_written_from_columns_references_and_what_comes_beside_them():
    assert KIND.fields == {
        "number": "s.number",
        "name": "s.name",
        "course_id": "s.course_id",
        "created_at": "now()",
    }
