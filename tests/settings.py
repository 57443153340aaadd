"""The product's settings, with what a test run needs to be fast and quiet."""

import os

os.environ.setdefault("DEBUG", "false")

from tms.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
# Nobody listens: a test that needs a worker starts a broker and a worker of its own.
CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
TEMPLATES[0]["DIRS"].append(BASE_DIR / "tests" / "templates")  # type: ignore[attr-defined]  # noqa: F405
# The live server's threads live as long as the browser keeps their sockets; the database is dropped before that.
DATABASES["default"]["CONN_MAX_AGE"] = 0  # noqa: F405
DATABASES["default"]["ENGINE"] = "tests.backend"  # noqa: F405
# A machine that is busy with other tests is not away; what is frozen is waited for in vain by a test that says how long.
HEALTH_PATIENCE = METRICS_PATIENCE = 60.0
HEALTH_KEPT = 0.0
# What is issued leaves at once; a test of undoing says how long it waits.
UNDO_SECONDS = 0
# Nothing is written between what a test counts.
TALLY_SECONDS = float("inf")
