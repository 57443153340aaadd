"""Addresses of saved views."""

from django.urls import path

from listing import views

app_name = "listing"

urlpatterns = [
    path("lists/views/", views.save, name="save_view"),
    path("lists/views/<int:view_id>/", views.saved_view, name="saved_view"),
    path("lists/views/<int:view_id>/replace/", views.replace, name="replace_view"),
    path("lists/views/<int:view_id>/copy/", views.copy, name="copy_view"),
    path("lists/views/<int:view_id>/delete/", views.delete, name="delete_view"),
]
