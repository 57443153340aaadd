"""Which badges there are, who has them to give, and their art."""

import io

import pytest
from PIL import Image

from badges.models import Badge, BadgeProvider
from organizations.models import Organization
from tests.tms.demo.parts import taken_back, tell
from tms.demo import badges

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("demo")]


@pytest.fixture(scope="module", autouse=True)
def story(django_db_setup, django_db_blocker):
    with taken_back(django_db_blocker):
        badges.put_art()
        yield tell()


def test_the_groups_provider_is_available_to_its_children(story):
    provider = BadgeProvider.objects.get(organization=story.people.places["group"])

    assert set(provider.available_to.all()) == set(
        Organization.objects.under(Organization.objects.filter(pk=story.people.places["group"].pk)).exclude(
            pk=story.people.places["group"].pk
        )
    )


def test_art_is_a_picture_of_its_own_for_every_badge():
    pictures = [badge.image.read() for badge in Badge.objects.all()]

    facts = {(image.format, image.mode, image.size) for image in (Image.open(io.BytesIO(one)) for one in pictures)}

    assert facts == {("PNG", "RGBA", (600, 600))}
    assert len(set(pictures)) == len(badges.HONOURS)


def test_art_stands_on_a_transparent_ground():
    for badge in Badge.objects.all():
        with Image.open(badge.image) as picture:
            alpha = picture.getchannel("A")
            assert [alpha.getpixel(at) for at in ((0, 0), (599, 0), (0, 599), (599, 599))] == [0, 0, 0, 0]


def test_art_that_is_gone_is_put_again():
    image = Badge.objects.get(name="Grand Laurel").image
    image.storage.delete(str(image))

    put = badges.put_art()

    assert put == 1
    assert image.storage.exists(str(image))


def test_each_badge_comes_from_the_provider_that_can_bring_it():
    found = Badge.objects.values_list("provider__name", "organization__name").distinct()

    assert {(provider, owner) for provider, owner in found if provider != "Kestrel & Quill badges"} == {
        ("Credly (stand-in)", "Kestrel Academy Denver"),
        ("Marrow Hill honours", "Marrow Hill College"),
    }


def test_badges_of_the_group_are_available_to_its_children(story):
    group = story.people.places["group"]

    found = {badge.name: set(badge.available_to.all()) for badge in Badge.objects.all()}

    below = {story.people.places[key] for key in badges.CHILDREN}
    assert found == {
        badge.name: below if badge.organization == group else set()
        for badge in Badge.objects.select_related("organization")
    }


def test_a_course_lists_its_own_badges(story):
    found = {
        (number, badge.name) for number, course in story.catalogue.courses.items() for badge in course.badges.all()
    }

    assert found == {(number, honour.name) for honour in badges.HONOURS for number in honour.courses}
