import pytest
from django.core.management import call_command

from badges.models import IssuedBadge
from tests.factories import PAST, IssuedBadgeFactory


@pytest.mark.django_db(transaction=True)
def test_what_is_due_is_brought_to_its_provider_and_counted(capsys):
    for _ in range(2):
        IssuedBadgeFactory.create(delivery="pending", status="pending", delivered_at=None, next_attempt_at=PAST)
    later = IssuedBadgeFactory.create(
        delivery="pending", status="pending", delivered_at=None, badge__provider__paused_at=PAST, next_attempt_at=PAST
    )

    call_command("deliver")

    assert capsys.readouterr().out == "2 badges handled.\n"
    assert list(IssuedBadge.objects.filter(delivery="pending")) == [later]
