"""How gunicorn serves the product; the numbers may come from the environment (docs/deployment.md)."""

import logging
import multiprocessing
import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from gunicorn.glogging import Logger
from gunicorn.http.wsgi import Response

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # gunicorn itself puts it there later

from tms.monitoring.logs import hide, json_formatter, network_of

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

_headers = Response.default_headers


def _nameless_headers(response: Response) -> list[str]:
    """Without the name of the server, which gunicorn has no setting to leave out."""
    return [header for header in _headers(response) if not header.startswith("Server:")]


Response.default_headers = _nameless_headers


class DiscreetLogger(Logger):  # type: ignore[misc]
    """One line a request: what tms.monitoring.request_log noted of it, and never what stands behind the question mark."""

    def setup(self, cfg: Any) -> None:
        """Gunicorn's own lines in the format of every other one."""
        super().setup(cfg)
        if (os.environ.get("LOG_FORMAT") or "json") == "json":
            for handler in [*self.error_log.handlers, *self.access_log.handlers]:
                handler.setFormatter(json_formatter())

    def access(self, resp: Any, req: Any, environ: dict[str, Any], request_time: timedelta) -> None:
        """A request that never came to the product, such as a broken one, has no id."""
        facts = {
            "address": network_of(environ.get("REMOTE_ADDR", "")),
            **environ.get("tms.request", {}),
            "method": environ.get("REQUEST_METHOD", ""),
            "path": environ.get("PATH_INFO", ""),
            "status": int(str(resp.status).split(None, 1)[0]),
            "bytes": getattr(resp, "sent", 0),
            "milliseconds": round(request_time / timedelta(milliseconds=1)),
        }
        words = "{method} {path} {status} {milliseconds} ms".format_map(facts)
        self.access_log.log(logging.INFO, "%s", hide(words), extra={"facts": facts})


logger_class = DiscreetLogger
accesslog = "-"
errorlog = "-"
