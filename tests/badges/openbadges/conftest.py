"""An issued badge of a public site, and what a verifier far away would be answered by that site."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from PIL import Image

from badges.models import Badge, IssuedBadge
from tests.factories import BadgeFactory, BadgeProviderFactory, IssuedBadgeFactory

FIXTURES = Path(__file__).parent / "fixtures"
SITE = "https://badges.example.test"


@pytest.fixture(autouse=True)
def site(settings) -> str:
    settings.PUBLIC_URL = SITE
    return SITE


@pytest.fixture
def badge(db) -> Badge:
    output = io.BytesIO()
    Image.new("RGBA", (40, 30), "red").save(output, format="PNG")
    return BadgeFactory.create(
        name="Gîtes & <Kubernetes> “入門”",
        description="What one can do after the course.",
        criteria="Finish *all* labs.",
        skills=[
            {
                "name": "Réseaux & “運用”",
                "framework": "ESCO",
                "code": "S5.6.1",
                "url": "https://esco.example/skill/%C3%A9?a=1&b=2#x",
            },
            {"name": "Patience"},
            {"name": "Kubernetes", "url": "https://k8s.example/"},
            {"name": "Œil <vif>"},
        ],
        image=default_storage.save("badges/red.png", ContentFile(output.getvalue())),
        provider=BadgeProviderFactory.create(
            name="Collège Laurier", website="https://college.example.test/", contact_email="office@college.example.test"
        ),
    )


@pytest.fixture
def issued(badge) -> IssuedBadge:
    return IssuedBadgeFactory.create(
        badge=badge,
        student__first_name="Zoë",
        student__last_name="Łukasiewicz-王小明",
        student__email="Zoe@Example.test",
        source_words="Class of Māori & 日本語",
        note="Led the “運用” & <team>.\nTwo days.",
        link="https://work.example/%C3%A9?a=1&b=2#x",
        is_name_public=True,
    )


@pytest.fixture
def fetch(client: Client) -> Callable[[str], bytes]:
    """What the public site answers to a GET of one of its addresses, without signing in."""

    def get(url: str) -> bytes:
        assert url.startswith(SITE), url
        response = client.get(url.removeprefix(SITE))
        assert response.status_code == 200, url
        return response.content

    return get
