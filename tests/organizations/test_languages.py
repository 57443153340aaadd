"""In which language a person is spoken to."""

import pytest
from django.utils.translation import get_language

from organizations.languages import speaking_to
from organizations.models import User


@pytest.mark.parametrize(("chosen", "spoken"), [("de", "de"), ("en", "en"), ("", "en")])
def test_a_person_is_spoken_to_in_the_chosen_language_or_the_sites(chosen, spoken):
    with speaking_to(User(language=chosen)):
        assert get_language() == spoken


def test_where_nothing_was_chosen_the_site_speaks_its_own(settings):
    settings.LANGUAGE_CODE = "de"

    with speaking_to(User()):
        assert get_language() == "de"
