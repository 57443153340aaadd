"""The forms that belong to no app: signing in, passwords, and the Output Options of lists; and what choices offer."""

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from django import forms
from django.contrib.auth import authenticate
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from tms.models import UserSession
from tms.password_letters import ask

MOST_COLUMNS = 60


def keeping[Row: Model](rows: QuerySet[Row], current: int | None) -> QuerySet[Row]:
    """What a form offers: these rows, and the one with the id `current`, which may have gone out of reach meanwhile.

    It stays until somebody chooses another, whatever else is edited.
    """
    return rows.model._default_manager.filter(Q(pk__in=rows.values("pk")) | Q(pk=current))


class SignInForm(AuthenticationForm):
    """Django's own, in the product's words."""

    error_messages = {
        **AuthenticationForm.error_messages,
        "invalid_login": _("User name or password is wrong. Capital letters matter in the password alone."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("User name or e-mail address")
        self.fields["username"].widget = forms.TextInput(
            attrs={
                "autofocus": True,
                "autocomplete": "username",
                "autocapitalize": "none",
                "spellcheck": "false",
                "maxlength": 254,
            }
        )


class ForgottenForm(forms.Form):
    """Who wants to set a password: the answer is the same whether there is such an account or not."""

    username = forms.CharField(
        label=_("User name or e-mail address"),
        max_length=254,
        widget=forms.TextInput(
            attrs={"autofocus": True, "autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )

    def save(self, **_letter: Any) -> None:
        """Have the letter written."""
        ask(self.cleaned_data["username"], at=timezone.now())


class NewPasswordForm(PasswordChangeForm):
    """Django's own; the old password is checked, and guesses counted, as at sign-in."""

    def __init__(self, user: Any, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        self.request = request

    def clean_old_password(self) -> str:
        """The password, if it is the account's."""
        old = str(self.cleaned_data["old_password"])
        if authenticate(self.request, username=self.user.get_username(), password=old) != self.user:
            raise forms.ValidationError(self.error_messages["password_incorrect"], code="password_incorrect")
        return old


class EndSessionForm(forms.Form):
    """Which of the other sessions to end: all of them, where none is named."""

    session: "forms.ModelChoiceField[UserSession]" = forms.ModelChoiceField(UserSession.objects.none(), required=False)

    def __init__(self, *args: Any, others: QuerySet[UserSession], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.others = others
        self.fields["session"].queryset = others  # type: ignore[attr-defined]

    @property
    def chosen(self) -> QuerySet[UserSession]:
        """The rows; none for a session that is not, or no longer, one of them."""
        if not self.is_valid():
            return self.others.none()
        one = self.cleaned_data["session"]
        return self.others if one is None else self.others.filter(pk=one.pk)


class OutputOptionsForm(forms.Form):
    """Which columns a list shows, and how many results: `next` is the list's own address and names the page."""

    next = forms.CharField(max_length=4000)
    per_page = forms.IntegerField(required=False, min_value=1, max_value=1000)

    page_name = ""

    def clean_next(self) -> str:
        """A path of ours, and of a page that there is."""
        wanted = str(self.cleaned_data["next"])
        try:
            parts = urlsplit(wanted)
            self.page_name = resolve(parts.path).view_name
        except (ValueError, Resolver404):  # an address that is none, or none of ours
            raise forms.ValidationError(_("This is no list.")) from None
        if parts.scheme or parts.netloc or not wanted.startswith("/"):
            raise forms.ValidationError(_("This is no list."))
        return wanted

    def clean(self) -> dict[str, Any]:
        """The columns have no field: their names are the list's, and the list ignores those it does not know."""
        cleaned = super().clean() or {}
        assert isinstance(self.data, MultiValueDict)
        names = self.data.getlist("columns")
        if len(names) > MOST_COLUMNS or any(len(name) > MOST_COLUMNS for name in names):
            raise forms.ValidationError(_("This is no list."))
        return {**cleaned, "columns": names}

    @property
    def address(self) -> str:
        """Back to the list, with the results per page."""
        parts = urlsplit(self.cleaned_data["next"])
        query = parse_qsl(parts.query, keep_blank_values=True)
        if self.cleaned_data["per_page"]:
            query.append(("per_page", str(self.cleaned_data["per_page"])))
        return f"{parts.path}?{urlencode(query)}" if query else parts.path
