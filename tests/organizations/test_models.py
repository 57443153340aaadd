import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from organizations.models import Organization, User, validate_time_zone
from tests.factories import OrganizationFactory, StudentFactory, SweepHintFactory, UserFactory
from tests.violations import violates


@pytest.mark.django_db
def test_two_children_of_one_organization_differ_in_name():
    parent = OrganizationFactory.create()
    OrganizationFactory.create(name="Branch", parent=parent)

    with violates("organization_name_unique"):
        OrganizationFactory.create(name="Branch", parent=parent)


@pytest.mark.django_db
def test_two_topmost_organizations_differ_in_name():
    OrganizationFactory.create(name="Top")

    with violates("organization_name_unique"):
        OrganizationFactory.create(name="Top")


@pytest.mark.django_db
def test_organizations_of_different_parents_may_share_a_name():
    first, second = (OrganizationFactory.create(name="Branch", parent=OrganizationFactory.create()) for _ in range(2))

    assert first.name == second.name


@pytest.mark.django_db
def test_an_organization_is_not_its_own_parent():
    organization = OrganizationFactory.create()

    with violates("organization_not_its_own_parent"):
        Organization.objects.filter(pk=organization.pk).update(parent=organization)


@pytest.mark.django_db
def test_an_organization_does_not_go_below_its_own_grandchild():
    top = OrganizationFactory.create()
    top.parent = OrganizationFactory.create(parent=OrganizationFactory.create(parent=top))

    with pytest.raises(ValidationError) as caught:
        top.clean()

    assert caught.value.message_dict == {"parent": ["An organization cannot be moved below itself."]}


@pytest.mark.parametrize("name", ["UTC", "Europe/Paris", "America/Argentina/Buenos_Aires"])
def test_an_iana_name_is_a_time_zone(name):
    validate_time_zone(name)


@pytest.mark.parametrize("name", ["Mars", "../../etc/passwd", "", "Europe", "\x00", "europe/paris "])
def test_anything_else_is_no_time_zone(name):
    with pytest.raises(ValidationError):
        validate_time_zone(name)


def test_an_administrator_sees_the_managed_organizations_and_the_own_one(world):
    world.administrator.managed_organizations.set([world.partner])

    assert set(Organization.objects.visible_to(world.administrator)) == {world.umbrella, world.partner}


@pytest.mark.parametrize("persona", ["instructor", "student"])
def test_others_see_their_own_organization(world, persona):
    assert list(Organization.objects.visible_to(world.personas[persona])) == [world.academy]


@pytest.mark.django_db
def test_an_address_belongs_to_one_account_whatever_its_case():
    UserFactory.create(email="Fern@Example.test")

    with violates("user_email_unique"):
        UserFactory.create(email="fern@example.TEST")


@pytest.mark.django_db
def test_user_names_differ_by_more_than_case():
    UserFactory.create(username="fern")

    with violates("user_name_unique"):
        UserFactory.create(username="Fern", email="")


@pytest.mark.django_db
def test_a_user_name_with_an_at_sign_is_the_account_s_own_address():
    assert UserFactory.create(username="fern@example.test", email="Fern@Example.test").pk is not None
    with violates("user_name_no_other_address"):
        UserFactory.create(username="ivy@example.test", email="")


@pytest.mark.django_db
def test_several_accounts_may_have_no_address():
    assert [UserFactory.create(email="").email for _ in range(2)] == ["", ""]


@pytest.mark.django_db
def test_an_account_is_named_by_its_full_name_or_its_user_name():
    named, nameless = (
        UserFactory.build(first_name="Fern", last_name="Hill"),
        UserFactory.build(username="fern", first_name="", last_name=""),
    )

    assert [named.display_name, nameless.display_name] == ["Fern Hill", "fern"]


def test_an_administrator_sees_the_people_below(world):
    assert set(User.objects.visible_to(world.administrator)) == {world.administrator, world.instructor, world.student}


@pytest.mark.parametrize("persona", ["instructor", "contractor", "student", "stranger"])
def test_others_see_themselves(world, persona):
    user = world.personas[persona]

    assert list(User.objects.visible_to(user)) == [user]


def test_a_superuser_sees_everybody(world):
    superuser = UserFactory.create(is_superuser=True)

    assert User.objects.visible_to(superuser).count() == User.objects.count()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "ids",
    [
        {"student_id": None},
        {"student_id": 1, "achievement_id": 1},
        {"student_id": 1, "organization_id": 1},
        {"student_id": 1, "achievement_id": 1, "organization_id": 1},
    ],
)
def test_a_hint_names_exactly_one(ids):
    with violates("sweep_hint_names_one"):
        SweepHintFactory.create(**ids)


def test_accounts_with_a_fault_are_found_by_their_index(world):
    fields: list[tuple[str, object]] = [("email", ""), ("email", "nonsense"), ("is_active", False), ("last_name", " ")]
    faulty = [StudentFactory.create(organization=world.academy, **{name: value}) for name, value in fields]
    found = User.objects.get_queryset().with_a_fault()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")

    assert set(found) == set(faulty)
    assert "user_with_a_fault" in found.values("pk").explain()
