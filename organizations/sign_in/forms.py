"""The forms of signing in, of passwords and of sessions."""

from typing import Any

from django import forms
from django.contrib.auth import authenticate
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from organizations.models import UserSession
from organizations.sign_in.password_letters import ask


class SignInForm(AuthenticationForm):
    """Django's own, in the product's words."""

    error_messages = {
        **AuthenticationForm.error_messages,
        "invalid_login": _("The user name or password is incorrect. Passwords are case-sensitive."),
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
