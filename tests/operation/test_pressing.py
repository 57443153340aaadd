import re
import uuid

import pytest
from django.test import Client
from django.urls import reverse

from achievements.models import Achievement
from badges.models import Badge, BadgeProvider, IssuerKey
from courses.models import LearningPath
from operation.models import FormPress
from operation.pressing import FIELD
from tests.factories import (
    AchievementFactory,
    BadgeFactory,
    BadgeProviderFactory,
    LearningPathCourseFactory,
    LearningPathFactory,
)
from tests.racing import at_once

HIDDEN = re.compile(rf'name="{FIELD}" value="([0-9a-f-]{{36}})"')


@pytest.fixture
def client(world, signed_in):
    return signed_in(world.administrator)


def key_on(client: Client, address: str) -> str:
    (key,) = HIDDEN.findall(client.get(address).text)
    return str(key)


@pytest.fixture
def makers(world):
    """What makes something new: the page with the button, where it leads, what the form says, and what is made."""
    provider = BadgeProviderFactory.create(organization=world.academy)
    badge = BadgeFactory.create(organization=world.academy, provider=provider)
    achievement = AchievementFactory.create(organization=world.academy)
    path = LearningPathFactory.create(name="Path", organization=world.academy)
    step = LearningPathCourseFactory.create(learning_path=path, course__organization=world.academy)
    academy = {"organization": world.academy.pk}
    points = {
        "conditions": "[{Subject: 10, Complete: true}]",
        "frequency_type": "per_user",
        "frequency": 1,
        "points": 1,
    }
    return {
        "rotate": ("badges:provider_rotate", [provider.pk], None, {}, IssuerKey),
        "provider": (
            "badges:provider_create",
            [],
            None,
            {**academy, "name": "New", "kind": "built_in", "requests_per_second": 9},
            BadgeProvider,
        ),
        "badge": ("badges:create", [], None, {**academy, "name": "New", "provider": badge.provider_id}, Badge),
        "path": (
            "courses:path_create",
            [],
            None,
            {
                "name": "New",
                "subscription_profile": path.subscription_profile_id,
                "organization": path.organization_id,
                "audience_level": "beginner",
            },
            LearningPath,
        ),
        "achievement": ("achievements:create", [], None, {**academy, **points, "name": "New"}, Achievement),
        "path_badge": (
            "achievements:path_badge",
            [step.learning_path_id],
            None,
            {"badge": badge.pk, "name": "New", "points": "0"},
            Achievement,
        ),
        "copy": ("achievements:details", [achievement.pk], "achievements:copy", {}, Achievement),
    }


@pytest.mark.parametrize("name", ["rotate", "provider", "badge", "path", "achievement", "path_badge", "copy"])
def test_a_button_that_is_pressed_six_times_makes_one(client, makers, name):
    page, ids, acts_at, form, model = makers[name]
    pressed = {**form, FIELD: key_on(client, reverse(page, args=ids))}
    before = model.objects.count()

    answers = [client.post(reverse(acts_at or page, args=ids), pressed) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [302] * 6
    assert {answer["Location"] for answer in answers} == {answers[0]["Location"]}
    assert model.objects.count() - before == (2 if model is IssuerKey else 1)


def test_each_page_has_a_key_of_its_own(client, makers):
    page, ids, _acts_at, _form, model = makers["rotate"]

    for _time in range(2):
        client.post(reverse(page, args=ids), {FIELD: key_on(client, reverse(page, args=ids))})

    assert model.objects.count() == 4


def test_a_form_that_was_refused_may_be_sent_again(client, makers):
    page, ids, _acts_at, form, model = makers["badge"]
    key = {FIELD: key_on(client, reverse(page, args=ids))}

    refused = client.post(reverse(page, args=ids), {**form, **key, "name": ""})
    taken = client.post(reverse(page, args=ids), {**form, **key})

    assert (refused.status_code, taken.status_code, model.objects.filter(name="New").count()) == (422, 302, 1)


@pytest.mark.parametrize("key", ["", "x", None])
def test_a_page_without_a_key_is_taken_as_it_is(client, makers, key):
    page, ids, _acts_at, _form, model = makers["rotate"]

    client.post(reverse(page, args=ids), {} if key is None else {FIELD: key})

    assert (model.objects.count(), FormPress.objects.count()) == (2, 0)


def test_the_key_of_another_person_leads_nobody_anywhere(world, signed_in, client, makers):
    page, ids, _acts_at, _form, model = makers["rotate"]
    key = {FIELD: str(uuid.uuid4())}
    client.post(reverse(page, args=ids), key)

    answer = signed_in(world.student).post(reverse(page, args=ids), key)

    assert (answer.status_code, model.objects.count()) == (404, 2)


@pytest.mark.django_db(transaction=True)
def test_presses_at_the_same_moment_make_one(world, signed_in):
    client = signed_in(world.administrator)
    provider = BadgeProviderFactory.create(organization=world.academy)
    address = reverse("badges:provider_rotate", args=[provider.pk])
    pressed = {FIELD: key_on(client, address)}

    def press() -> str:
        another = Client()
        another.cookies = client.cookies
        return str(another.post(address, pressed)["Location"])

    led_to = at_once(*[press] * 4)

    assert len(set(led_to)) == 1
    assert provider.keys.count() == 2
