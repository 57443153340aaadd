"""What a browser sends for the editor of achievements and its builder, and what comes back."""

from django.http import QueryDict
from django.urls import reverse

from achievements.editor.building import Builder, of_stored

CONDITIONS = reverse("achievements:conditions")
ANY_COURSE = [{"Subject": 10, "Count": 1, "Complete": True}]


def sent(builder: Builder, **changes: str) -> QueryDict:
    """What a browser sends for the builder, with some fields changed."""
    data = QueryDict(mutable=True)
    data["conditions"] = builder.text.replace("\n", "\r\n")
    data["conditions-rows"], data["conditions-stand"] = str(len(builder.rows)), builder.stand
    for row in builder.rows:
        for bound in row:
            value = bound.value()
            if isinstance(value, bool) or value is None:
                if value:
                    data[bound.html_name] = "on"
            else:
                data[bound.html_name] = str(value)
    for name, value in changes.items():
        data[name.replace("__", "-")] = value
    return data


def form_of(achievement, **changes):
    """What the browser would send for this achievement."""
    data = {
        "name": achievement.name,
        "description": achievement.description,
        "organization": achievement.organization_id,
        "points": achievement.points,
        "frequency": achievement.frequency,
        "frequency_type": achievement.frequency_type,
        "badge": achievement.badge_id or "",
        "conditions": str(achievement.conditions),
    }
    if achievement.is_enabled:
        data["is_enabled"] = "on"
    return data | changes


def post_builder(client, world, stored, **changes):
    data = sent(of_stored(stored), **changes)
    data["organization"] = str(world.academy.pk)
    return client.post(CONDITIONS, data, headers={"HX-Request": "true"})


def line(response, number=0):
    return response.context["shown"].lines[number]


def part(response, name):
    return next(part for part in line(response).parts if part.bound.name == name)


def fields_of(response):
    """What a browser would send for the editor as it stands on a page."""
    form, shown = response.context["form"], response.context["shown"]
    data = sent(shown.builder)
    for bound in form:
        if bound.name == "conditions":
            data["initial-conditions"] = bound.value()
            continue
        value = bound.value()
        if value is not None and value is not False:
            data[bound.name] = "on" if value is True else str(value)
        if bound.field.show_hidden_initial:
            data[bound.html_initial_name] = "" if value is None else str(value)
    return data
