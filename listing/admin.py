"""Saved views, in the admin."""

from typing import Any, ClassVar

from django.contrib import admin

from listing.models import SavedView
from organizations.administration.scoped_admin import ReadOnlyAdmin, ScopedFilter


@admin.register(SavedView)
class SavedViewAdmin(ReadOnlyAdmin):
    """To look up what is shared with whom; they are changed above their lists."""

    list_display = ("name", "page_name", "owner", "organization", "is_default")
    list_filter: ClassVar[tuple[Any, ...]] = (("organization", ScopedFilter),)
    list_select_related = ("owner", "organization")
    search_fields = ("name",)
    people = ("owner",)
    ordering = ("page_name", "name", "pk")
