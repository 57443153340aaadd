"""When badges are delivered and providers asked by themselves. The tasks carry nothing: what is due is in the database."""

from celery import shared_task
from celery.contrib.django.task import DjangoTask
