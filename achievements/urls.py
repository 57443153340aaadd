"""Addresses of achievements."""

from django.urls import URLPattern

app_name = "achievements"

urlpatterns: list[URLPattern] = []
