"""The forms of a page, as a browser would send them: its fields with their values, and every button that sends one."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

type Attributes = dict[str, str | None]
FIELDS, CHOSEN = {"input", "select", "textarea"}, {"checkbox", "radio"}


@dataclass
class Field:
    """`offered` is what may be chosen; None where anything can be typed."""

    name: str
    kind: str
    values: list[str] = field(default_factory=list)
    offered: list[str] | None = None
    is_required: bool = False


@dataclass
class Form:
    """One that posts; `buttons` are the names, values and addresses of whatever sends it, empty for its own."""

    address: str
    fields: dict[str, Field] = field(default_factory=dict)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)

    def add(self, name: str, kind: str) -> Field:
        return self.fields.setdefault(name, Field(name, kind))


class _Reader(HTMLParser):
    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address
        self.forms: list[Form] = []
        self._by_id: dict[str, Form] = {}
        self._form: Form | None = None
        self._select: Field | None = None
        self._textarea: Field | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self._begin(given)
        elif tag == "option" and self._select is not None:
            self._offer(self._select, given.get("value") or "", is_chosen="selected" in given)
        elif tag == "button" or (tag in FIELDS and given.get("name") and "disabled" not in given):
            self._control(tag, given)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            self._textarea = None

    def handle_data(self, data: str) -> None:
        if self._textarea is not None:
            self._textarea.values += [data.removeprefix("\n")] if data.strip() else []

    def _begin(self, given: Attributes) -> None:
        # What belongs to it may have come before it.
        self._form = self._by_id.setdefault(given.get("id") or f"form {len(self._by_id)}", Form(""))
        self._form.address = urljoin(self.address, given.get("action") or self.address)
        if (given.get("method") or "get").lower() == "post":
            self.forms.append(self._form)

    def _control(self, tag: str, given: Attributes) -> None:
        form = self._by_id.setdefault(str(given["form"]), Form("")) if given.get("form") else self._form
        if form is not None:
            self._put(form, tag, given)

    def _put(self, form: Form, tag: str, given: Attributes) -> None:
        name, value, kind = given.get("name") or "", given.get("value") or "", given.get("type") or ""
        if tag == "button" or kind == "submit":
            form.buttons.append((name, value, given.get("formaction") or ""))
            return
        one = form.add(name, kind or (tag if tag != "input" else "text"))
        one.is_required = one.is_required or "required" in given
        if tag == "select":
            self._select, one.offered = one, one.offered or []
        elif tag == "textarea":
            self._textarea = one
        elif kind in CHOSEN:
            self._offer(one, value or "on", is_chosen="checked" in given)
        elif value:
            one.values.append(value)

    def _offer(self, one: Field, value: str, *, is_chosen: bool) -> None:
        one.offered = [*(one.offered or []), value]
        one.values += [value] if is_chosen and value else []


def forms_of(page: str, address: str) -> list[Form]:
    """All on the page that post, with what belongs to them elsewhere on it."""
    reader = _Reader(address)
    reader.feed(page)
    reader.close()
    return reader.forms
