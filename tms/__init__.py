"""The roof of the Training Management System: settings, addresses, home, and what runs the whole of it."""

from tms.celery import app as celery_app

__all__ = ["celery_app"]
