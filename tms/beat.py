"""Beat's scheduler, which says once that the broker is away, where Celery's own writes three tracebacks for each task."""

from typing import Any

from celery.beat import PersistentScheduler, ScheduleEntry, SchedulingError

from operation.outages import BROKER


class Scheduler(PersistentScheduler):  # type: ignore[misc]  # the package has no types
    """Sends what is due; what cannot be sent is due again at its next time."""

    def apply_entry(self, entry: ScheduleEntry, producer: Any = None) -> None:
        """Send one task."""
        try:
            self.apply_async(entry, producer=producer, advance=False)
        except SchedulingError as error:
            BROKER.begin(error)
        else:
            BROKER.end()
