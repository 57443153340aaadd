"""Gives an account its e-mail address outside of the administration's pages, and keeps that in its history."""

from django.contrib import admin
from django.db import IntegrityError, transaction

from organizations.administration.account_forms import AddressForm
from organizations.editing import change_account
from organizations.models import User
from organizations.requests import Request


def save_address(form: AddressForm, request: Request) -> bool:
    """Save a valid form, and let the sweep look again; False, with the error in the form, where somebody took the address
    meanwhile.
    """
    try:
        with transaction.atomic():
            change_account(form.instance, changed=form.changed_data)
            accounts = admin.site.get_model_admin(User)
            words = accounts.construct_change_message(request, form, [])  # type: ignore[arg-type]  # any form has what it reads
            accounts.log_change(request, form.instance, words)
    except IntegrityError:
        form.add_error(None, str(form.cannot_be_used))
        return False
    return True
