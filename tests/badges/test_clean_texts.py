import pytest
from django.core.management import call_command
from django.utils import timezone

from badges.models import Badge
from badges.openbadges.credentials import sign
from tests.factories import IssuedBadgeFactory


@pytest.mark.django_db
def test_what_was_cleaned_and_signed_again_is_counted(capsys):
    badge = IssuedBadgeFactory.create(badge__name="Diver").badge
    sign(IssuedBadgeFactory.create(badge=badge), at=timezone.now())
    Badge.objects.update(name="Dive\x01r")

    for _run in range(2):
        call_command("clean_texts")

    said = capsys.readouterr()
    assert (said.out.splitlines(), said.err) == (
        ["1 text cleaned.", "0 badges signed again.", "0 texts cleaned.", "0 badges signed again."],
        "",
    )
    assert Badge.objects.get().name == "Diver"
