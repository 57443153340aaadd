import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from badges.models import BadgeLetter
from operation import tallies
from organizations.models import PasswordLetter
from tests.factories import BadgeFactory, BadgeProviderFactory, IssuedBadgeFactory, StudentFactory, SweepFactory
from tests.tms.monitoring.test_health import database_at

ROOT = Path(__file__).resolve().parents[3]
ALERTS = ROOT / "deploy" / "prometheus" / "alerts.yml"
DASHBOARD = ROOT / "deploy" / "grafana" / "dashboard.json"

pytestmark = pytest.mark.django_db(transaction=True)


def samples(client) -> dict[tuple[str, ...], float]:
    """Every figure by its name and the values of its labels."""
    text = client.get("/metrics").content.decode()
    found = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {(one.name, *(value for _name, value in sorted(one.labels.items()))): one.value for one in found}


def test_the_queue_of_each_provider(client):
    now = timezone.now()
    provider = BadgeProviderFactory.create(name="Built in", paused_at=now)
    for delivery in ("pending", "uncertain", "uncertain", "failed"):
        badge = BadgeFactory.create(provider=provider, organization=provider.organization)
        IssuedBadgeFactory.create(badge=badge, delivery=delivery, status="pending", next_attempt_at=now)
    BadgeProviderFactory.create(name="Empty")

    found = samples(client)

    told = {name: found[name, "Built in", str(provider.pk)] for name in found_names(found) if "badges_" in name}
    assert told == {"laurel_badges_due": 3.0, "laurel_badges_uncertain": 2.0, "laurel_badges_failed": 1.0}
    assert found["laurel_provider_paused", "Built in", str(provider.pk)] == 1.0
    assert sum(value for (name, *_), value in found.items() if name == "laurel_badges_due") == 3.0


def test_letters_that_wait_by_what_they_are_about(client):
    now = timezone.now()
    for failure in ("", "given_up", "refused"):
        is_due = now if failure == "" else None
        PasswordLetter.objects.create(
            user=StudentFactory.create(), asked_at=now, next_attempt_at=is_due, failure=failure, failed_since=now
        )
    BadgeLetter.objects.create(issued_badge=IssuedBadgeFactory.create(), next_attempt_at=now)
    BadgeLetter.objects.create(issued_badge=IssuedBadgeFactory.create(), next_attempt_at=now)

    found = samples(client)

    waiting = [found["laurel_letters_waiting", about] for about in ("badge", "password")]
    assert (waiting, found["laurel_password_letters_failed",]) == ([2.0, 1.0], 2.0)


def found_names(found) -> set[str]:
    return {name for name, *_ in found}


def test_what_was_counted_promised_and_swept(client, world, signed_in):
    SweepFactory.create(started_at=timezone.now() - timedelta(seconds=90), finished_at=timezone.now())
    signed_in(world.student).get("/")
    tallies.count("laurel_provider_requests", provider="7", answer="201")
    tallies.count("laurel_letters", outcome="sent")

    found = samples(client)

    assert found["laurel_provider_requests_total", "201", "7"] >= 1.0
    assert found["laurel_letters_total", "sent"] >= 1.0
    assert found["laurel_request_seconds_count", "2xx", "home"] >= 1.0
    assert round(found["laurel_sweep_seconds",]) == 90
    assert (found["laurel_promise_kept", "full_sweep"], found["laurel_promise_kept", "beat"]) == (1.0, 0.0)
    assert sum(value for (name, *_), value in found.items() if name == "laurel_database_connections") >= 1.0


def test_without_the_database_there_are_none(client):
    with database_at(HOST="127.0.0.1", PORT="1"):
        answer = client.get("/metrics")

    assert (answer.status_code, answer.content) == (503, b"The database does not answer.\n")


@pytest.mark.parametrize("file", [ALERTS, DASHBOARD], ids=["alerts", "dashboard"])
def test_each_figure_that_alerts_and_dashboard_name_exists(file, client, world, signed_in):
    provider = BadgeProviderFactory.create()
    badge = BadgeFactory.create(provider=provider, organization=provider.organization)
    IssuedBadgeFactory.create(badge=badge, delivery="pending", status="pending", next_attempt_at=timezone.now())
    SweepFactory.create(started_at=timezone.now(), finished_at=timezone.now())
    signed_in(world.student).get("/")
    tallies.count("laurel_provider_requests", provider="7", answer="201")
    tallies.count("laurel_letters", outcome="sent")

    named = set(re.findall(r"laurel_\w+", file.read_text()))

    assert named - found_names(samples(client)) == set()
    assert len(named) > 8


def test_the_files_are_what_prometheus_and_grafana_read():
    rules = yaml.safe_load(ALERTS.read_text())["groups"][0]["rules"]
    panels = json.loads(DASHBOARD.read_text())["panels"]

    assert all({"alert", "expr", "labels", "annotations"} <= set(rule) for rule in rules)
    assert len({panel["id"] for panel in panels}) == len(panels)
