"""The figures that Prometheus asks for. Nearly all are asked of the database at that moment, so any web process may answer."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from django.db import connection
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from achievements.log import freshness
from badges.delivery import waiting
from operation import tallies
from organizations.sign_in import password_letters
from tms.monitoring import health

_CONNECTIONS = """
SELECT coalesce(state, 'other'), count(*) FROM pg_stat_activity WHERE datname = current_database() GROUP BY 1 ORDER BY 1
"""


def figures() -> bytes:
    """All of them, in the format of Prometheus. What was counted in this process is written first, so that it is there."""
    tallies.flush()
    registry = CollectorRegistry()
    registry.register(_Collector())
    return generate_latest(registry)


class _Collector(Collector):
    def describe(self) -> Iterable[Metric]:
        """Nothing is asked while it is registered."""
        return []

    def collect(self) -> Iterator[Metric]:
        """What is asked of the database."""
        yield from _promises()
        yield from _queues()
        yield from _sweeps()
        yield from _connections()
        yield from _counted()


def _gauge(name: str, words: str, labels: list[str], rows: Iterable[tuple[list[str], float]]) -> Metric:
    gauge = GaugeMetricFamily(name, words, labels=labels)
    for values, number in rows:
        gauge.add_metric(values, number)
    return gauge


def _promises() -> Iterator[Metric]:
    promises = health.promises()
    ages = [([one.name], one.age.total_seconds()) for one in promises if one.age is not None]
    kept = [([one.name], float(one.is_kept)) for one in promises]
    yield _gauge("laurel_promise_kept", "1 while a promise of /health/ is kept.", ["promise"], kept)
    yield _gauge("laurel_promise_age_seconds", "How long its oldest has waited.", ["promise"], ages)


def _queues() -> Iterator[Metric]:
    queues = [([str(one.provider_id), one.name], one) for one in waiting.queues()]
    labels = ["provider", "name"]
    yield _gauge("laurel_badges_due", "Badges due for delivery.", labels, [(by, one.due) for by, one in queues])
    uncertain = [(by, one.uncertain) for by, one in queues]
    yield _gauge("laurel_badges_uncertain", "Badges that got no answer.", labels, uncertain)
    yield _gauge(
        "laurel_badges_failed", "Badges that wait for a person.", labels, [(by, one.failed) for by, one in queues]
    )
    oldest = [(by, one.oldest.total_seconds()) for by, one in queues if one.oldest is not None]
    yield _gauge("laurel_badge_oldest_seconds", "How long the oldest due badge has waited.", labels, oldest)
    paused = [(by, float(one.is_paused)) for by, one in queues]
    yield _gauge("laurel_provider_paused", "1 while a provider is paused.", labels, paused)
    yield from _letters()


def _letters() -> Iterator[Metric]:
    about_passwords = password_letters.unsent()
    waits = [(["badge"], float(waiting.letters())), (["password"], float(about_passwords.waiting))]
    yield _gauge("laurel_letters_waiting", "Letters that are not sent yet, by what they are about.", ["about"], waits)
    words = "Letters about a password that failed since the mail server last took a letter."
    yield _gauge("laurel_password_letters_failed", words, [], [([], float(about_passwords.failed))])


def _sweeps() -> Iterator[Metric]:
    last = freshness.last_full_sweep()
    took: list[tuple[list[str], float]] = [] if last is None else [([], last.total_seconds())]
    yield _gauge("laurel_sweep_seconds", "How long the last full sweep took.", [], took)


def _connections() -> Iterator[Metric]:
    with connection.cursor() as cursor:
        cursor.execute(_CONNECTIONS)
        rows = [([state], float(count)) for state, count in cursor.fetchall()]
        cursor.execute("SELECT current_setting('max_connections')::int")
        most = float(cursor.fetchone()[0])
    yield _gauge("laurel_database_connections", "Connections to the database.", ["state"], rows)
    yield _gauge("laurel_database_connections_max", "How many the server takes.", [], [([], most)])


def _counted() -> Iterator[Metric]:
    found = defaultdict(list)
    for name, labels, value in tallies.read():
        found[name].append((labels, value))
    calls = CounterMetricFamily("laurel_provider_requests", "Requests to providers.", labels=["provider", "answer"])
    for labels, value in found["laurel_provider_requests"]:
        calls.add_metric([labels["provider"], labels["answer"]], value)
    letters = CounterMetricFamily("laurel_letters", "Letters, by what became of them.", labels=["outcome"])
    for labels, value in found["laurel_letters"]:
        letters.add_metric([labels["outcome"]], value)
    yield from (calls, letters, _request_seconds(found))


def _request_seconds(found: dict[str, list[tuple[dict[str, str], float]]]) -> Metric:
    seconds = HistogramMetricFamily("laurel_request_seconds", "Seconds by view.", labels=["view", "status"])
    sums = {(of["view"], of["status"]): value for of, value in found["laurel_request_seconds_sum"]}
    buckets = {(of["view"], of["status"], of["le"]): value for of, value in found["laurel_request_seconds_bucket"]}
    for by, total in sums.items():
        rows = [(le, buckets.get((*by, le), 0.0)) for le in tallies.BUCKETS]
        seconds.add_metric(list(by), buckets=rows, sum_value=total)
    return seconds
