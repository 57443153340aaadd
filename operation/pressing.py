"""Lets a form that makes something new make it once, however often its button is pressed."""

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from operation.models import FormPress

FIELD = "form_key"

type View[Request: HttpRequest, **Arguments] = Callable[Concatenate[Request, Arguments], HttpResponse]


def once[Request: HttpRequest, **Arguments](view: View[Request, Arguments]) -> View[Request, Arguments]:
    """A view whose form carries {% form_key %}: a second press of the same page goes where the first one led.

    Presses of one page wait for one another. What the view writes and that it was pressed are one transaction. A form
    that was refused has led nowhere, and may be sent again. A page from before, without a key, is taken as it is.
    """

    @wraps(view)
    def answer(request: Request, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> HttpResponse:
        key = key_of(request)
        if key is None:
            return view(request, *args, **kwargs)
        with transaction.atomic():
            press = _press(key, request.user)
            if press.led_to:
                return redirect(press.led_to)
            response = view(request, *args, **kwargs)
            if response.status_code == 302:
                FormPress.objects.filter(pk=press.pk).update(led_to=_kept(response["Location"]))
        return response

    return answer


def _press(key: uuid.UUID, user: Any) -> FormPress:
    """The first press of this person's page, locked: whoever comes second waits here until that one is done."""
    FormPress.objects.bulk_create([FormPress(key=key, user=user, pressed_at=timezone.now())], ignore_conflicts=True)
    return FormPress.objects.select_for_update().get(key=key, user=user)


def _kept(address: str) -> str:
    """Without its query where that is too long to keep: the page is the same."""
    longest = FormPress._meta.get_field("led_to").max_length
    return address if longest is None or len(address) <= longest else address.partition("?")[0]


def key_of(request: HttpRequest) -> uuid.UUID | None:
    """The key of the page whose button was pressed; None where it has none."""
    if request.method != "POST":
        return None
    try:
        return uuid.UUID(request.POST.get(FIELD, ""))
    except ValueError:
        return None
