"""The lines of Needs attention, and that all its numbers say the same."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from achievements.log.undelivered import undelivered_for
from tests.factories import BadgeProviderFactory, HoldFactory, UserFactory
from tests.tms.attention.troubles import ALL, BADGES, TAUGHT, earned, nobody, teaching_trouble, trouble
from tms.attention.causes import SHOWN, causes_for, how_many_causes


def lines_of(attention):
    return [cause for section in attention.sections for cause in section.causes]


def the(user, kind):
    """The first line of a kind."""
    found = lines_of(causes_for(user, at=timezone.now()))
    return next(one for one in found if one.kind == kind)


def number_behind(client, cause):
    """How many the list has that the line leads to."""
    response = client.get(cause.behind)
    context = response.context
    assert response.status_code == 200, cause
    return context["hold"].count if cause.kind == "awards" else context["listing"].count


def test_all_numbers_say_the_same(world, signed_in):
    trouble(world.outside, word="Theirs ")
    trouble(world.academy)
    client = signed_in(world.administrator)

    attention = client.get(reverse("attention")).context["attention"]
    menu = re.findall(r">([\d,]+)<", client.get(reverse("attention_count")).text)
    home = client.get("/").context["home"]

    lines = lines_of(attention)
    assert sorted((one.kind.value, one.number) for one in lines) == ALL
    assert {len(ALL)} == {attention.count, len(lines), how_many_causes(world.administrator, at=timezone.now())}
    assert menu == [str(len(ALL))]
    waiting = next(section for section in attention.sections if section.name == "waiting")
    assert {BADGES} == {
        attention.badges,
        sum(one.number for one in waiting.causes),
        undelivered_for(world.administrator).count(),
        client.get(reverse("achievements:undelivered")).context["listing"].count,
        home.undelivered,
    }
    assert attention.awards == 1200
    counted = [one for one in lines if one.number]
    assert [(one.title, number_behind(client, one)) for one in counted] == [(one.title, one.number) for one in counted]


@pytest.mark.parametrize("persona", ["instructor", "contractor"])
def test_all_numbers_say_the_same_to_those_who_teach(world, signed_in, persona):
    trouble(world.outside, word="Theirs ")
    teaching_trouble(world)
    person = world.personas[persona]
    client = signed_in(person)

    attention = client.get(reverse("attention")).context["attention"]
    menu = re.findall(r">([\d,]+)<", client.get(reverse("attention_count")).text)
    home = client.get("/").context["home"]

    lines = lines_of(attention)
    assert sorted((one.kind.value, one.number) for one in lines) == TAUGHT[persona]
    assert menu == [str(len(lines))] == [str(attention.count)] == [str(how_many_causes(person, at=timezone.now()))]
    assert {attention.badges} == {
        home.undelivered,
        undelivered_for(person).count(),
        client.get(reverse("achievements:undelivered")).context["listing"].count,
    }
    classes = client.get(reverse("classes:list"), {"when": "attention"}).context["listing"].count
    assert (home.teaching.to_wrap_up_count, classes) == (1, 1)
    assert [(one.title, number_behind(client, one)) for one in lines] == [(one.title, one.number) for one in lines]


def test_those_who_teach_are_told_what_they_may_do_and_whom_to_ask(world):
    teaching_trouble(world)

    found = {
        name: {
            one.title: (one.detail, one.failed if one.may_retry else 0, one.ask)
            for one in lines_of(causes_for(world.personas[name], at=timezone.now()))
        }
        for name in ("instructor", "contractor")
    }

    ask = f"Ask an administrator of {world.academy}."
    wanted = ("Completions are not set.", 0, "")
    assert found == {
        "instructor": {
            "Diving is not wrapped up": wanted,
            "Seals refused badges": ("No such earner.", 1, ""),
            "Paused is paused": (str(world.academy), 0, ask),
        },
        "contractor": {
            "Diving is not wrapped up": wanted,
            "Seals refused badges": ("No such earner.", 2, ""),
            "Paused is paused": (str(world.academy), 0, ask),
        },
    }


def test_lines_say_what_is_wrong_and_stand_in_three_sections(world):
    trouble(world.academy)

    sections = causes_for(world.administrator, at=timezone.now()).sections

    assert {str(one.title): len(one.causes) for one in sections} == {
        "Badges are waiting": 12,
        "Your decision": 3,
        "Soon": 1,
    }
    assert [one.number for one in sections[0].causes] == [3, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 0]
    titles = {one.title for section in sections for one in section.causes}
    assert titles >= {
        "Off is switched off",
        "Paused is paused",
        "Silent does not answer",
        "Idle is paused",
        "Çağan Öztoprak has no e-mail address",
        "Bare has no template at Refusing",
        "Refusing cannot issue Gone from its template",
        "Refusing refused badges",
        "Refusing gave no answer",
        "Everybody would give 1,200 awards at once",
        "Broken could not be checked",
    }


def test_what_the_provider_answered_stands_beside_the_cause(world):
    trouble(world.academy)

    found = {one.title: one.detail for one in lines_of(causes_for(world.administrator, at=timezone.now()))}

    assert found["Refusing cannot issue Gone from its template"] == "The template is archived."
    assert found["Refusing refused badges"] == "refused."
    assert found["Paused is paused"] == "The token does not work."
    assert found["Broken could not be checked"] == "division by zero"
    assert found["Everybody would give 1,200 awards at once"] == (
        "Your limit is 1,000 at a time. Everything else continues."
    )


def test_who_may_not_repair_it_is_told_whom_to_ask(world):
    trouble(world.academy)
    clerk = UserFactory.create(organization=world.academy, manages=[world.academy])
    names = ["view_earnedachievement", "view_issuedbadge", "view_hold", "view_badgeprovider", "view_sweep"]
    clerk.user_permissions.set(Permission.objects.filter(codename__in=names))

    lines = lines_of(causes_for(clerk, at=timezone.now()))

    assert not any(one.may_repair for one in lines)
    assert not any(one.may_retry for one in lines)
    assert {one.ask for one in lines if not one.may_repair} == {f"Ask an administrator of {world.academy}."}
    assert next(one.detail for one in lines if one.title == "Paused is paused") == str(world.academy)


def test_a_provider_of_others_that_is_out_of_sight_is_named_and_not_led_to(world):
    earned(world.academy, "Owl", provider=BadgeProviderFactory.create(organization=world.outside, is_enabled=False))

    cause = the(world.administrator, "provider")

    assert (cause.page, cause.may_repair, cause.number) == ("", False, 1)
    assert cause.ask == f"Ask an administrator of {world.outside}."


def test_of_many_causes_of_one_kind_the_first_are_shown_and_the_rest_is_counted(world, signed_in):
    for number in range(SHOWN + 5):
        earned(world.academy, f"Badge {number:02}", student=nobody(world.academy, email=""))
    client = signed_in(world.administrator)

    attention = client.get(reverse("attention")).context["attention"]

    (section,) = attention.sections
    (rest,) = section.rests
    assert (len(section.causes), attention.count, attention.badges) == (SHOWN, SHOWN + 5, SHOWN + 5)
    assert (rest.count, str(rest.kind)) == (5, "E-mail address")
    assert client.get(rest.url).context["listing"].count == SHOWN + 5


@pytest.mark.parametrize("kind", ["awards", "token"])
def test_the_rest_of_other_kinds_is_listed_too(world, signed_in, kind):
    for _ in range(SHOWN + 1):
        if kind == "awards":
            HoldFactory.create(achievement__organization=world.academy)
        else:
            BadgeProviderFactory.create(organization=world.academy, token_expires_at=timezone.now())
    client = signed_in(world.administrator)

    ((rest,),) = [section.rests for section in causes_for(world.administrator, at=timezone.now()).sections]

    assert rest.count == 1
    assert client.get(rest.url).context["listing"].count == SHOWN + 1


def test_a_valid_address_that_only_waits_for_the_next_sweep_asks_for_nothing(world):
    earned(world.academy, "Owl", student=nobody(world.academy, email="o'hara@example.test", last_name="O'Hara"))

    cause = the(world.administrator, "address")

    assert cause.title == "The badges of Sam O'Hara leave with the next full sweep"
    assert (cause.may_repair, cause.ask) == (False, "")


def test_when_all_is_well_there_is_nothing(world):
    attention = causes_for(world.administrator, at=timezone.now())

    assert (attention.sections, attention.count, attention.badges, attention.awards) == ([], 0, 0, 0)


@pytest.mark.parametrize("number", [1, 3])
def test_the_lines_take_the_same_queries_for_any_number(world, django_assert_num_queries, number):
    for count in range(number):
        trouble(world.academy, word=f"{count} ")
    world.administrator.get_all_permissions()

    with django_assert_num_queries(24):
        causes_for(world.administrator, at=timezone.now())
