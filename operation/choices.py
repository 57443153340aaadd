"""What a form offers to choose from."""

from django.db.models import Model, Q, QuerySet


def keeping[Row: Model](rows: QuerySet[Row], current: int | None) -> QuerySet[Row]:
    """What a form offers: these rows, and the one with the id `current`, which may have gone out of reach meanwhile.

    It stays until somebody chooses another, whatever else is edited.
    """
    return rows.model._default_manager.filter(Q(pk__in=rows.values("pk")) | Q(pk=current))
