"""What answers: lists, dialogs, forms, faults, on pages that only tests serve: `pytest.mark.urls("tests.gallery")`.

What a page is made of stands at /admin/design/ (tms.design).
"""

import django_filters
from django import forms
from django.db import OperationalError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django_htmx.http import trigger_client_event

from listing.chosen import is_about_list, numbers
from listing.filters import text
from listing.lists import Choice, Column, listing
from organizations.models import User
from tms import urls

COLUMNS = [
    Column[User](
        name="name",
        label="Student",
        value=str,
        template="gallery/listing.html#name",
        order_by=("last_name", "first_name"),
    ),
    Column[User](name="organization", label="Organization", order_by=("organization__name",), hidden_if_same=True),
    Column[User](name="email", label="E-mail address", order_by=("email",)),
    Column[User](name="joined", label="Joined", value="date_joined", order_by=("date_joined",)),
    Column[User](name="last_login", label="Last sign-in", order_by=("last_login",), empty_last=True, hidden=True),
    Column[User](name="active", label="Active", value="is_active"),
    Column[User](
        name="actions", label="", template="gallery/listing.html#actions", exported=False, css_class="actions"
    ),
]


class PeopleFilter(django_filters.FilterSet):  # type: ignore[misc]  # the package has no types
    last_name = text("last_name", "Last name")
    is_active = django_filters.BooleanFilter(label="Active")
    joined = django_filters.DateFilter(field_name="date_joined", lookup_expr="date", label="Joined")

    class Meta:
        model = User
        fields: list[str] = []


class TabbedForm(forms.Form):
    name = forms.CharField(max_length=20, help_text="Best practice: use the template's name.")
    description = forms.CharField(widget=forms.Textarea, required=False)
    provider = forms.ChoiceField(choices=[("", "Choose…"), ("a", "Built-in")])
    manual_issuance = forms.BooleanField(required=False, label="Enable Manual Issuance", help_text="By hand.")
    available_to = forms.MultipleChoiceField(
        choices=[("1", "Academy"), ("2", "Partner")], widget=forms.CheckboxSelectMultiple
    )


class ConfirmForm(forms.Form):
    reason = forms.CharField()


def people():
    return User.objects.select_related("organization")


def list_page(request):
    found = listing(
        request,
        people(),
        COLUMNS,
        sort="name",
        search=("first_name", "last_name", "email"),
        filterset=PeopleFilter,
        per_page=10,
    )
    if found.wants_export:
        return found.export("people")
    return render(request, "gallery/listing.html", {"listing": found})


def choose_page(request):
    """GET: choose people. POST: turns the list, or greets those chosen and closes the dialog after a moment."""
    found = listing(
        request,
        people(),
        COLUMNS[:2],
        sort="name",
        search=("last_name",),
        per_page=2,
        choose=Choice("people", form="choose-people"),
        name="people-listing",
    )
    is_done = request.method == "POST" and not is_about_list(request)
    chosen = numbers(request.POST.getlist("people")) if is_done else []
    context = {"listing": found, "chosen": chosen, "refused": is_done and not chosen}
    response = render(request, "gallery/choose.html#dialog" if request.htmx else "gallery/choose.html", context)
    return trigger_client_event(response, "close-dialog", {"after": 300}) if chosen else response


def form_page(request):
    form = TabbedForm(request.POST or None)
    if form.is_valid():
        return redirect("home")
    return render(request, "gallery/form.html", {"form": form})


def failing(request):
    if request.GET.get("status") == "503":
        raise OperationalError("canceling statement due to lock timeout")
    return HttpResponse("no", status=int(request.GET.get("status", "500")))


urlpatterns = [
    *urls.urlpatterns,
    path("gallery/list/", list_page, name="gallery_list"),
    path("gallery/choose/", choose_page, name="gallery_choose"),
    path("gallery/form/", form_page, name="gallery_form"),
    path("gallery/failing/", failing, name="gallery_failing"),
]
