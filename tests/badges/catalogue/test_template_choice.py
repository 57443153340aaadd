import pytest
from django.urls import reverse

from badges.models import Badge, BadgeProvider, BadgeTemplate
from badges.providers.opening import capabilities_of
from tests.factories import BadgeFactory, BadgeProviderFactory, BadgeTemplateFactory

MISSING = "Enter the id of the badge's template at IPC-Credly: without it the badge cannot be issued."
HTMX = {"HX-Request": "true"}


@pytest.fixture
def client(world, signed_in):
    """The administrator of the umbrella, who manages the academy."""
    return signed_in(world.administrator)


@pytest.fixture
def outside(world) -> BadgeProvider:
    """An account at Credly, with one template that can be issued from and one that cannot."""
    account = {"provider_organization_id": "one", "api_url": "https://credly.example/v1"}
    provider = BadgeProviderFactory.create(
        name="IPC-Credly", organization=world.umbrella, kind=BadgeProvider.Kind.CREDLY, **account
    )
    BadgeTemplateFactory.create(provider=provider, name="Welding", external_id="welding-1")
    BadgeTemplateFactory.create(provider=provider, name="Brazing", state=BadgeTemplate.State.ARCHIVED)
    return provider


def data(world, provider, **more):
    return {"name": "Scout", "organization": world.umbrella.pk, "provider": provider.pk, **more}


@pytest.mark.parametrize("template_id", ["", "  "])
@pytest.mark.parametrize("page", ["badges:create", "admin:badges_badge_add"])
def test_a_badge_of_an_outside_provider_needs_a_template(world, client, outside, page, template_id):
    response = client.post(reverse(page), data(world, outside, provider_template_id=template_id))

    form = response.context["form" if page == "badges:create" else "adminform"]
    assert form.errors == {"provider_template_id": [MISSING]}
    assert not Badge.objects.exists()


@pytest.mark.parametrize("page", ["badges:create", "admin:badges_badge_add"])
def test_a_badge_of_an_outside_provider_with_a_template(world, client, outside, page):
    client.post(reverse(page), data(world, outside, provider_template_id="welding-1"))

    assert Badge.objects.get().provider_template_id == "welding-1"


def test_a_badge_that_lost_its_template_is_refused_when_it_is_edited(world, client, outside):
    badge = BadgeFactory.create(organization=world.umbrella, provider=outside)

    response = client.post(reverse("badges:edit", args=[badge.pk]), data(world, outside))

    assert (response.status_code, response.context["form"].errors) == (422, {"provider_template_id": [MISSING]})


def test_the_field_asks_anew_when_another_provider_is_chosen(client, outside):
    chosen = {"provider": outside.pk, "provider_template_id": "typed"}

    response = client.get(reverse("badges:create"), chosen, headers=HTMX)

    field = response.context["form"]["provider_template_id"]
    assert (field.field.required, field.value()) == (True, "typed")
    assert [template.name for template in response.context["form"].templates] == ["Welding"]
    assert '<option value="welding-1">Welding</option>' in response.text
    assert "<h1>" not in response.text


def test_the_built_in_issuer_needs_no_template(world, client):
    provider = BadgeProviderFactory.create(organization=world.umbrella)

    response = client.get(reverse("badges:create"), {"provider": provider.pk}, headers=HTMX)

    assert response.context["form"]["provider_template_id"].field.required is False
    assert "<datalist" not in response.text


@pytest.mark.parametrize("page", ["badges:create", "admin:badges_badge_add"])
@pytest.mark.parametrize("kind", BadgeProvider.Kind)
def test_a_badge_needs_a_template_where_its_provider_has_some(world, client, kind, page):
    provider = BadgeProviderFactory.create(organization=world.umbrella, kind=kind)

    client.post(reverse(page), data(world, provider))

    assert Badge.objects.exists() != capabilities_of(provider).has_templates


@pytest.mark.parametrize("provider", ["", "no number", "9" * 30, "0"])
def test_a_provider_that_there_is_none_of_asks_for_nothing(client, outside, provider):
    response = client.get(reverse("badges:create"), {"provider": provider}, headers=HTMX)

    assert response.context["form"]["provider_template_id"].field.required is False


def test_the_templates_of_other_organizations_are_not_told(world, client, outside):
    BadgeProvider.objects.update(organization=world.outside)

    response = client.get(reverse("badges:create"), {"provider": outside.pk}, headers=HTMX)

    assert "Welding" not in response.text
