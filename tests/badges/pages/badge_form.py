"""What the browser sends for a badge, and the names that a list of badges has found."""


def names(response):
    return [row.name for row in response.context["listing"].page]


def form_of(badge, **changes):
    """What the browser would send for this badge."""
    data = {
        "name": badge.name,
        "description": badge.description,
        "criteria": badge.criteria,
        "organization": badge.organization_id,
        "provider": badge.provider_id,
        "provider_template_id": badge.provider_template_id,
        "valid_days": badge.valid_days or "",
        "available_to": [organization.pk for organization in badge.available_to.all()],
    }
    if badge.manual_issuance:
        data["manual_issuance"] = "on"
    return data | changes
