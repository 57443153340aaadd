"""What the sign-in page says of the demo."""

from typing import Any

from django import template
from django.conf import settings

from tms.demo.accounts import demo_accounts
from tms.demo.people import PASSWORD

register = template.Library()


@register.inclusion_tag("tms/_demo_accounts.html", name="demo_accounts", takes_context=True)
def show_demo_accounts(context: dict[str, Any]) -> dict[str, Any]:
    """The demo's accounts with a press that signs in, where `make run` says so; nothing anywhere else."""
    accounts = demo_accounts() if settings.DEMO_ACCOUNTS else []
    return {"accounts": accounts, "password": PASSWORD if accounts else "", "next": context.get("next", "")}
