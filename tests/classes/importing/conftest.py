"""A refused file, and an organization that files may refer to."""

import pytest

from courses.models import Course
from tests.classes.training_files import refusal
from tests.factories import (
    ClassFactory,
    ContentProviderFactory,
    CourseFactory,
    LabFactory,
    OrganizationFactory,
    StudentFactory,
)


@pytest.fixture
def refused(db, tmp_path):
    """What the command says to one file with this content, without the last line, which says that nothing was kept."""

    def refuse(name: str, content: str | bytes, **options: object) -> list[str]:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        lines = refusal([path], **options)
        assert lines[-1] == "Nothing was imported."
        return lines[:-1]

    return refuse


@pytest.fixture
def acme(db):
    """An organization with one of everything that a file can refer to."""
    organization = OrganizationFactory.create(name="Acme")
    CourseFactory.create(organization=organization, number="C1", published_to=[organization])
    CourseFactory.create(organization=organization, number="old", published_to=[organization], is_archived=True)
    bare = CourseFactory.create(organization=organization, number="bare", published_to=[organization])
    Course.objects.filter(pk=bare.pk).update(content_provider=None)
    provider = ContentProviderFactory.create(organization=organization)
    CourseFactory.create(organization=organization, number="kept", content_provider=provider)
    CourseFactory.create(organization=organization, number="far", published_to=[OrganizationFactory.create()])
    LabFactory.create(organization=organization, number="L1")
    ClassFactory.create(organization=organization, number="K1")
    StudentFactory.create(organization=organization, username="ana", email="ana@example.test")
    StudentFactory.create(organization=organization, username="fay", is_contract_instructor=True)
    return organization


@pytest.fixture
def said_of_row(acme, refused):
    """The one thing that is said of a file with this row on its third line."""

    def said(kind, header, row):
        [line] = refused(f"{kind}.csv", f"{header}\n\n{row}\n")
        return line

    return said
