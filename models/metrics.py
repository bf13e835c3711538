"""The models process's numbers, as Prometheus reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from typing import Protocol, runtime_checkable

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from models.recognition.load import Load
from models.recognition.scheduler import SchedulerCounts

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0)


@runtime_checkable
class Measured(Protocol):
    """A recogniser that keeps account of its work."""

    @property
    def counts(self) -> SchedulerCounts: ...
    @property
    def busy_s(self) -> float: ...
    @property
    def discarded_s(self) -> float: ...
    @property
    def in_work_s(self) -> float: ...
    def load(self) -> Load: ...


class Metrics:
    """This process's numbers, in a registry of their own.

    Args:
        recogniser: gives the recogniser once it is loaded.
    """

    def __init__(self, recogniser: Callable[[], object | None]) -> None:
        self._recogniser = recogniser
        self.registry = CollectorRegistry()
        self.seconds = Histogram(
            "tetraphone_models_request_seconds",
            "Time to answer, by route",
            ["route"],
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.outcomes = Counter(
            "tetraphone_models_requests",
            "Requests by route and outcome",
            ["route", "outcome"],
            registry=self.registry,
        )
        self.queued = Histogram(
            "tetraphone_recognition_queue_seconds",
            "Time an utterance waited for its batch",
            ["priority"],
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.registry.register(_Scheduling(self._measured))

    def _measured(self) -> Measured | None:
        recogniser = self._recogniser()
        return recogniser if isinstance(recogniser, Measured) else None

    def load(self) -> Load | None:
        """How busy the recogniser is; None where it is not loaded or keeps no account."""
        measured = self._measured()
        return None if measured is None else measured.load()

    def in_work_s(self) -> float:
        """For how long the oldest decode in work has been; 0 where none is, or no account is kept."""
        measured = self._measured()
        return 0.0 if measured is None else measured.in_work_s

    def exposition(self) -> bytes:
        """The text that Prometheus reads."""
        return generate_latest(self.registry)


class _Scheduling(Collector):
    """Reads the scheduler's account at the moment of the scrape."""

    def __init__(self, measured: Callable[[], Measured | None]) -> None:
        self._measured = measured

    def collect(self) -> Iterable[Metric]:
        measured = self._measured()
        if measured is not None:
            yield from _gauges(measured.load())
            yield from _counters(measured)


def _gauges(load: Load) -> Iterator[Metric]:
    for name, value, meaning in (
        ("waiting", load.waiting, "Utterances that wait"),
        ("utilisation", load.utilisation, "Share of the workers' time used over the last seconds"),
        ("cost", load.cost, "Worker seconds of decoding per second of audio, fallbacks included"),
        ("discarded_share", load.discarded_share, "Share of all decoding whose answer nobody wanted"),
    ):
        yield GaugeMetricFamily(f"tetraphone_recognition_{name}", meaning, value)


def _counters(measured: Measured) -> Iterator[Metric]:
    yield CounterMetricFamily(
        "tetraphone_recognition_decode_seconds", "Worker seconds spent on decoding", measured.busy_s
    )
    yield CounterMetricFamily(
        "tetraphone_recognition_discarded_seconds",
        "Worker seconds spent on what nobody wanted any more",
        measured.discarded_s,
    )
    jobs = CounterMetricFamily(
        "tetraphone_recognition_jobs", "What has happened to utterances and batches", labels=["what"]
    )
    for field in fields(measured.counts):
        jobs.add_metric([field.name], getattr(measured.counts, field.name))
    yield jobs
