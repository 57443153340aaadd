"""Turns the list of users into whom was searched for, and reads what the pages of one of them are asked."""

from typing import Any

import django_filters
from django import forms
from django.contrib.auth.models import Group
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django_filters.fields import ModelChoiceField

from achievements.models import Achievement, EarnedAchievement
from achievements.reaching import reaches
from badges.models import Badge, BadgeQuerySet
from classes.models import Class, ClassQuerySet
from listing.filters import days, one_of
from listing.naming import NAMED, RowField
from organizations.access import managed_organizations, signed_in
from organizations.models import Organization, User
from organizations.roles import PERMISSIONS, role_name

SEE_EARNED = "achievements.view_earnedachievement"


def _achievements(request: HttpRequest) -> QuerySet[Achievement]:
    """Of the managed organizations; of others the global ones that their people can earn, and what they have earned."""
    user = signed_in(request)
    managed = Achievement.objects.visible_to(user).values("pk")
    earned = EarnedAchievement.objects.filter(user__in=User.objects.visible_to(user), nth=1).values("achievement_id")
    of_others = (reaches(managed_organizations(user)) & Q(is_enabled=True)) | Q(pk__in=earned)
    return Achievement.objects.filter(Q(pk__in=managed) | of_others).order_by("name", "pk")


def _managed(request: HttpRequest) -> QuerySet[Organization]:
    return managed_organizations(signed_in(request)).order_by("name", "pk")


class RoleField(ModelChoiceField):
    """Roles by the words for them."""

    def label_from_instance(self, obj: Group) -> str:
        """In the reader's language."""
        return role_name(obj.name)


class RoleFilter(django_filters.ModelChoiceFilter):
    """Of a role's people."""

    field_class = RoleField


class UserFilter(django_filters.FilterSet):
    """Filters of the list of users (S126)."""

    achievement = one_of(
        _("Achievement"),
        _achievements,
        beside="organization",
        method="filter_achievement",
        empty_label=_("Choose Achievement"),
    )
    organization = one_of(_("Organization"), _managed)
    role = RoleFilter(
        label=_("Role"), field_name="groups", queryset=Group.objects.filter(name__in=PERMISSIONS).order_by("name")
    )
    participates = django_filters.BooleanFilter(
        label=_("Participates in Achievements"), field_name="participates_in_achievements"
    )
    active = django_filters.BooleanFilter(label=_("Active"), field_name="is_active")
    last_login = days("last_login", _("Last sign-in between"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Who earned what is asked by those who may see it."""
        super().__init__(*args, **kwargs)
        if not signed_in(self.request).has_perm(SEE_EARNED):
            del self.filters["achievement"]

    def filter_achievement(self, queryset: QuerySet[User], _name: str, achievement: Achievement) -> QuerySet[User]:
        """Everybody who earned it, whatever became of the badge."""
        earned = EarnedAchievement.objects.filter(achievement=achievement, nth=1)
        return queryset.filter(pk__in=earned.values("user_id"))


class RosterForm(forms.Form):
    """The roster that a page was opened from, as its address names it."""

    roster = forms.ModelChoiceField(Class.objects.none(), required=False)

    def __init__(self, *args: Any, classes: ClassQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["roster"].queryset = classes  # type: ignore[attr-defined]

    @property
    def chosen(self) -> Class | None:
        """Its class, or None for one that the reader may not open."""
        return self.cleaned_data["roster"] if self.is_valid() else None


class OtherBadgeForm(forms.Form):
    """A badge of which somebody asks why the person does not have it: chosen or, of many, found by its name."""

    badge = RowField(Badge.objects.none(), required=False, empty_label=_("Choose Badge"), label=_("Badge"))

    def __init__(self, *args: Any, badges: BadgeQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["badge"].queryset = badges  # type: ignore[attr-defined]
        self.is_long: bool = self.fields["badge"].is_long  # type: ignore[attr-defined]
        if not self.is_long:
            self.fields["badge"].draw_few()  # type: ignore[attr-defined]

    @property
    def chosen(self) -> Badge | None:
        """The badge, if one was chosen."""
        return self.cleaned_data["badge"] if self.is_valid() else None

    @property
    def words(self) -> str:
        """What was written of its name."""
        return str(self.data.get(f"badge{NAMED}", ""))

    @property
    def found(self) -> list[Badge]:
        """Several that have the words in their names, to choose from."""
        return self.fields["badge"].found(self.words.strip()) if self.errors else []  # type: ignore[attr-defined]


class ParticipationForm(forms.Form):
    """The one button of the page on taking part."""

    takes_part = forms.TypedChoiceField(choices=[("yes", _("Yes")), ("no", _("No"))], coerce=lambda word: word == "yes")
