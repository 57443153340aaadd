"""The administration's forms of accounts: what they refuse tells of no account outside the reader's scope."""

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm, UserChangeForm
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from organizations.administration.scoped_admin import ScopedForm
from organizations.models import User
from organizations.scope import in_scope
from organizations.user_names import normalized

if TYPE_CHECKING:
    PlainChangeForm = UserChangeForm[User]
    PlainCreationForm = AdminUserCreationForm[User]
    PlainPasswordForm = AdminPasswordChangeForm[User]
else:
    PlainChangeForm, PlainCreationForm = UserChangeForm, AdminUserCreationForm
    PlainPasswordForm = AdminPasswordChangeForm

_NAMES = ("username", "email")


class DiscreetForm(ScopedForm):
    """Where another customer's account has the user name or the address, says neither which nor that it exists."""

    # Who fills it in; given by the page.
    reader: ClassVar[User]
    cannot_be_used: ClassVar[str | Promise] = gettext_lazy(
        "This user name or e-mail address cannot be used. Choose other ones."
    )

    def full_clean(self) -> None:
        """As usual, but for one sentence in place of all that told of a foreign account."""
        super().full_clean()
        places = {*_NAMES, NON_FIELD_ERRORS}.intersection(self.errors)
        if not places or not self._is_taken_out_of_sight():
            return
        for name in places:
            self._errors.pop(name, None)  # type: ignore[attr-defined]  # Django's own, without a way to take one away
        self.add_error(None, str(self.cannot_be_used))

    def _is_taken_out_of_sight(self) -> bool:
        typed = {name: normalized(str(self.data.get(self.add_prefix(name)) or "").strip()) for name in _NAMES}
        taken = Q(username__iexact=typed["username"])
        if typed["email"]:
            taken |= Q(email__iexact=typed["email"])
        others = User.objects.exclude(pk=self.instance.pk).filter(taken)
        return others.exclude(in_scope(self.reader)).exists()


class AccountForm(DiscreetForm, PlainChangeForm):
    """An account that exists."""

    class Meta(UserChangeForm.Meta):
        model = User


class AddressForm(DiscreetForm):
    """The e-mail address of an account that exists, and nothing else of it: on a page where it is missing."""

    cannot_be_used = gettext_lazy("This e-mail address cannot be used. Enter another one.")

    class Meta:
        model = User
        fields = ("email",)
        widgets: ClassVar[dict[str, Any]] = {"email": forms.EmailInput(attrs={"autocomplete": "off"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].required = True
        self.fields["email"].help_text = ""

    def add_error(self, field: str | None, error: Any) -> None:
        """Where the user name cannot stay beside a new address, that is said of the address: the name is no field here."""
        told = dict(getattr(error, "error_dict", {}))
        if of_name := told.pop("username", []):
            error = ValidationError({**told, "email": [*told.get("email", []), *of_name]})
        super().add_error(field, error)


class NewAccountForm(DiscreetForm, PlainCreationForm):
    """A new account; without a password its owner sets one by the link of a letter."""

    usable_password = PlainCreationForm.create_usable_password_field(
        gettext_lazy(
            "If disabled, the account starts without a password. Its owner sets one on the sign-in page, by the link "
            "“Forgotten your password, or none yet?”."
        )
    )

    class Meta(AdminUserCreationForm.Meta):
        model = User


class PasswordForm(PlainPasswordForm):
    """A new password for an account, or none until its owner sets one."""

    usable_password_help_text: Any = gettext_lazy(
        "If disabled, the password is deleted. The owner can set another on the sign-in page, by the link “Forgotten your "
        "password, or none yet?”. To keep someone out, untick Active instead."
    )


def read_by(form: type[Any], reader: User) -> type[Any]:
    """The form for this reader."""
    return type(form.__name__, (form,), {"reader": reader})
