"""What a container's health check runs: `python deploy/healthcheck.py web|beat`. Ends with 0 for well, 1 for ill."""

import os
import sys
import time
import urllib.request
from pathlib import Path

BEAT_SCHEDULE = Path(os.environ.get("BEAT_SCHEDULE", "/tmp/celerybeat-schedule"))  # noqa: S108 - a tmpfs of the container
# Beat writes its schedule down every three minutes.
BEAT_SILENCE = 10 * 60


def web() -> bool:
    """Whether this process answers a request. A dead database is no reason to restart it: /health/ tells that."""
    hosts = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")
    host = hosts[0].strip().lstrip(".").replace("*", "localhost")
    port = os.environ.get("BIND", ":8000").rpartition(":")[2]
    request = urllib.request.Request(f"http://127.0.0.1:{port}/health/alive/", headers={"Host": host})
    with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 - a fixed address
        return bool(answer.status == 200)


def beat() -> bool:
    """Whether beat has written its schedule lately."""
    files = list(BEAT_SCHEDULE.parent.glob(f"{BEAT_SCHEDULE.name}*"))
    return any(time.time() - file.stat().st_mtime < BEAT_SILENCE for file in files)


def main(arguments: list[str]) -> int:
    """Ask for the one named."""
    checks = {"web": web, "beat": beat}
    try:
        return 0 if checks[arguments[1]]() else 1
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv))
