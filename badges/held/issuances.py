"""Former issuances: which of them a person may open, and where each was made."""

from dataclasses import dataclass
from typing import Any

from django.db.models import FETCH_RAISE, Count, Exists, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse

from badges.issuing.reports import FAILED, ISSUED, LEFT_OUT, UNDONE
from badges.models import IssuanceBatch, IssuanceItem, IssuedBadge, Via
from organizations.leading import lead_to_people
from organizations.models import User
from organizations.roles import ISSUE_IN_ASSIGNMENTS, ISSUE_IN_CLASSES
from organizations.telling_apart import tell_apart

SEE_ISSUANCE, SEE_ISSUED = "badges.view_issuancebatch", "badges.view_issuedbadge"
SEE_ASSIGNMENTS = "courses.view_courseassignment"
# How many a page of something else shows; the list of issuances has all of them.
SHOWN = 10


@dataclass(frozen=True)
class Origin:
    """The page from which something was issued."""

    words: str
    address: str


@dataclass(frozen=True)
class Former:
    """The newest issuances from one class or assignment, and where the others are, if there are more."""

    newest: list[IssuanceBatch]
    address_of_all: str


def may_open_any(user: User) -> bool:
    """Whether there can be issuances that the person may open."""
    return user.has_perm(SEE_ISSUANCE) or _may_issue(user)


def issuances_of(user: User) -> QuerySet[IssuanceBatch]:
    """Those the person may open; the own ones while he or she may still issue, since they name students."""
    batches = IssuanceBatch.objects.visible_to(user)
    if user.has_perm(SEE_ISSUANCE):
        return batches
    return batches.filter(issued_by=user) if _may_issue(user) else batches.none()


def with_numbers(batches: QuerySet[IssuanceBatch]) -> Any:
    """Each with who made it, how many pairs were `asked` for or `left_out`, and how many `failed` or were `undone`;
    counted for the shown rows alone.
    """
    counted = {
        "asked": _counted(_items().exclude(LEFT_OUT)),
        "failed": _counted(_items().filter(FAILED)),
        "undone": _counted(_items().filter(UNDONE)),
        "left_out": _counted(_items().filter(LEFT_OUT)),
    }
    return batches.annotate(**counted).select_related("issued_by").fetch_mode(FETCH_RAISE)


def last_by(user: User, *, shown: int) -> list[Any]:
    """What the user issued last, and may still open: each with how many badges were `issued`, how many of them are
    `on_its_way`, how many `failed`, and for how many `students` all these were. What was undone or revoked does not count.
    One query.
    """
    issued, counting = _items().filter(ISSUED), ISSUED | FAILED
    on_its_way = issued.exclude(issued_badge__delivery=IssuedBadge.Delivery.DELIVERED)
    batches = issuances_of(user).filter(issued_by=user).filter(Exists(_items().filter(counting)))
    counted = {
        "issued": _counted(issued),
        "students": _counted(_items().filter(counting), Count("student", distinct=True)),
        "on_its_way": _counted(on_its_way),
        "failed": _counted(_items().filter(FAILED)),
    }
    return list(batches.annotate(**counted).order_by("-created_at", "-pk").fetch_mode(FETCH_RAISE)[:shown])


def _items() -> QuerySet[IssuanceItem]:
    """The pairs of a batch."""
    return IssuanceItem.objects.filter(batch=OuterRef("pk"))


def _counted(items: QuerySet[IssuanceItem], how: Count | None = None) -> Coalesce:
    counts = items.order_by().values("batch").annotate(n=how or Count("pk")).values("n")
    return Coalesce(Subquery(counts, output_field=IntegerField()), 0)


def former_from(via: Via, source_id: int, user: User) -> Former:
    """The former issuances from there that the person may open, the newest first. Two queries, and one for equal names."""
    batches = issuances_of(user).filter(via=via, source_id=source_id)
    found = list(with_numbers(batches).order_by("-created_at", "-pk")[: SHOWN + 1])
    tell_apart([batch.issued_by for batch in found], user)
    lead_to_people([batch.issued_by for batch in found], user)
    everything = f"{reverse('badges:issuances')}?via={via}&source={source_id}"
    return Former(found[:SHOWN], everything if len(found) > SHOWN else "")


def origin_of(batch: IssuanceBatch, user: User) -> Origin | None:
    """The page that the issuance was made from, if the person may open it. Reads the batch's organization."""
    if (source_id := batch.source_id) is None:
        return None
    match batch.via:
        case Via.ROSTER:
            return _class(batch, source_id, user)
        case Via.ASSIGNMENT:
            return _assignment(batch, source_id, user)
        case Via.ADMIN:
            return _issued_badge(source_id, user)
        case _:
            return None


def is_reissued(issued: IssuedBadge) -> bool:
    """Whether it replaces a revoked one, and says what that was earned with; its batch names the revoked one."""
    batch = issued.batch
    return batch is not None and batch.via == Via.ADMIN and issued.source_id != batch.source_id


# What stands above badges is reached through organizations and students: this app knows neither classes nor courses.


def _class(batch: IssuanceBatch, class_id: int, user: User) -> Origin | None:
    klass = batch.organization.classes.visible_to(user).filter(pk=class_id).first()
    return Origin(klass.name, reverse("classes:details", args=[klass.pk])) if klass else None


def _assignment(batch: IssuanceBatch, assignment_id: int, user: User) -> Origin | None:
    item = batch.items.select_related("student").order_by("pk").first()
    if item is None or not user.has_perm(SEE_ASSIGNMENTS):
        return None
    assignments = item.student.course_assignments.visible_to(user)
    assignment = assignments.filter(pk=assignment_id).select_related("course").first()
    if assignment is None:
        return None
    return Origin(f"{assignment.course}: {item.student}", reverse("courses:assignment", args=[assignment.pk]))


def _issued_badge(issued_id: int, user: User) -> Origin | None:
    rows = IssuedBadge.objects.visible_to(user).filter(pk=issued_id).select_related("badge", "student")
    row = rows.first() if user.has_perm(SEE_ISSUED) else None
    return Origin(f"{row.badge}: {row.student}", reverse("badges:issued_badge", args=[row.pk])) if row else None


def _may_issue(user: User) -> bool:
    return user.has_perm(ISSUE_IN_CLASSES) or user.has_perm(ISSUE_IN_ASSIGNMENTS)
