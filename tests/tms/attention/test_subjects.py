"""The rows that causes are about, read for those who may do something about them."""

from dataclasses import replace

import pytest
from django.utils import timezone

from badges.models import BadgeProvider, BadgeTemplate
from tests.factories import BadgeTemplateFactory
from tests.tms.attention.troubles import trouble
from tms.attention.finding import Kind, find
from tms.attention.subjects import MOST_TEMPLATES, Subjects


def test_a_subject_that_is_gone_by_now_is_not_there(world):
    trouble(world.academy)
    found = find(world.administrator, at=timezone.now())
    gone = [replace(one, about=0) for one in found if one.kind != Kind.SWEEP]

    there, missing = Subjects(found, world.administrator), Subjects(gone, world.administrator)

    assert [there.has(one) for one in found] == [True] * len(found)
    assert [missing.has(one) for one in gone] == [False] * len(gone)


@pytest.mark.parametrize(("number", "is_offered"), [(MOST_TEMPLATES, True), (MOST_TEMPLATES + 1, False)])
def test_templates_are_offered_up_to_a_number(world, number, is_offered):
    trouble(world.academy)
    found = find(world.administrator, at=timezone.now())
    refusing = BadgeProvider.objects.get(name="Refusing")
    has_some = refusing.templates.filter(state=BadgeTemplate.State.ACTIVE).count()
    BadgeTemplateFactory.create_batch(number - has_some, provider=refusing)

    assert (refusing.pk in Subjects(found, world.administrator).templates) is is_offered


def test_what_may_be_changed_is_for_who_may_change_it(world):
    trouble(world.academy)
    found = find(world.administrator, at=timezone.now())

    ours, others = Subjects(found, world.administrator), Subjects(found, world.stranger)

    assert all(ours.mine.values())
    assert not any(others.mine.values())
