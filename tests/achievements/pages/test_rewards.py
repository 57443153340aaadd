"""The pages of what people have won."""

from django.urls import reverse

from tests.factories import (
    PAST,
    IssuedBadgeFactory,
)


def test_everybody_has_a_page_of_his_own(world, signed_in):
    for persona in world.personas.values():
        assert signed_in(persona).get(reverse("achievements:mine")).status_code == 200


def test_a_badge_that_has_ended_says_so_wherever_its_student_looks(world, signed_in):
    IssuedBadgeFactory.create(student=world.student, expires_at=PAST)
    client = signed_in(world.student)

    pages = [client.get(address).text for address in (reverse("achievements:mine"), reverse("home"))]

    assert [text.count("<span>Expired</span></span>") for text in pages] == [1, 1]
