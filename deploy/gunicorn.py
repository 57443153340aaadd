"""How gunicorn serves the product; the numbers may come from the environment (docs/deployment.md)."""

import multiprocessing
import os
import re
from pathlib import Path
from typing import Any

from gunicorn.glogging import Logger

wsgi_app = "tms.wsgi:application"
bind = os.environ.get("BIND", "0.0.0.0:8000")

# Threads, because a request mostly waits for PostgreSQL. Each thread keeps a connection of its own open (CONN_MAX_AGE):
# WEB_CONCURRENCY x WEB_THREADS is how many this container holds.
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY") or min(multiprocessing.cpu_count() + 1, 8))
threads = int(os.environ.get("WEB_THREADS") or 4)

# A worker that is stuck is replaced; one that leaks is replaced now and then, not all of them in the same minute.
timeout = 30
graceful_timeout = 30
max_requests = 2000
max_requests_jitter = 400
# Longer than a proxy keeps an idle connection, so that it is never us who closes one it is just using.
keepalive = 75
# The heartbeat file must not lie on a disk that can stall.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - memory, and gunicorn's own file name
control_socket_disable = True


class DiscreetLogger(Logger):  # type: ignore[misc]
    """Keeps the secret in the address of a webhook, and of a letter that sets a password, out of the access log."""

    def atoms(self, *arguments: Any) -> dict[str, Any]:
        """What a line is made of."""
        atoms: dict[str, Any] = super().atoms(*arguments)
        atoms["r"] = re.sub(r"(/(?:webhooks|password/set)/[^/ ]+/)[^/ ]+", r"\1...", atoms["r"])
        return atoms


logger_class = DiscreetLogger
accesslog = "-"
access_log_format = '%(t)s %({x-forwarded-for}i)s %(h)s "%(r)s" %(s)s %(b)s %(M)sms'
errorlog = "-"
