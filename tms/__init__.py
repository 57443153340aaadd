"""The foundation of the Training Management System: settings, organizations, people, access."""

from tms.celery import app as celery_app

__all__ = ["celery_app"]
