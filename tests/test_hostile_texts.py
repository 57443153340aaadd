"""Whatever people and providers write stays a text: in the administration, in letters, in documents, in spreadsheets."""

import csv
import io

import pytest
from django.core import mail
from django.utils import timezone

from badges.delivery.letters import write_due
from badges.models import BadgeLetter, Credential
from badges.openbadges.credentials import sign_again
from listing.exports import FORMULA_STARTS
from tests.hostile import OWNED, soak
from tests.spreadsheets import sheet_of
from tests.standing import stand
from tests.tenants import Tree, plant
from tests.test_tenancy import admin_addresses, product_addresses, told

# As it would stand in a page that takes it for more than a text.
RAW = ("<img src=x", f"<script>document.title='{OWNED}'")


@pytest.fixture
def tree(db) -> Tree:
    tree = stand(plant, "Quokkaland", "Numbatson")
    soak(tree)
    for credential in Credential.objects.select_related("issued_badge__badge__organization"):
        sign_again(credential.issued_badge)
    return tree


def raw_in(text: str) -> list[str]:
    return [words for words in RAW if words in text]


def test_no_page_of_the_administration_has_one_as_it_was_written(tree, signed_in):
    client, found, pages = signed_in(tree.administrator), {}, 0

    for name, address in admin_addresses(tree):
        response = client.get(address)
        text = told(response)
        pages += "onerror" in text
        if response["Content-Type"].startswith("text/html") and raw_in(text):
            found[name] = raw_in(text)

    assert found == {}
    assert pages > 40


def test_no_letter_has_one_as_it_was_written_in_its_html(tree):
    BadgeLetter.objects.update(next_attempt_at=timezone.now(), failure="")

    write_due()

    [letter] = mail.outbox
    assert isinstance(letter, mail.EmailMultiAlternatives)
    page = str(letter.alternatives[0][0])
    assert (raw_in(page), "javascript:" in page, "onerror" in page) == ([], False, True)
    assert "\n" not in letter.subject


def test_no_export_has_a_cell_that_a_spreadsheet_runs(tree, signed_in):
    client, exports, formulas, quoted, books = signed_in(tree.administrator), [], [], 0, 0

    for name, address in product_addresses(tree):
        listing = (getattr(client.get(address), "context", None) or {}).get("listing")
        if listing is None:
            continue
        asked = {listing.own("export"): "csv", listing.own("columns"): [column.name for column in listing.columns]}
        response = client.get(address, asked)
        if not response["Content-Type"].startswith("text/csv"):
            continue
        cells = [cell for line in csv.reader(io.StringIO(told(response))) for cell in line]
        exports.append(name)
        quoted += sum(cell.startswith("'=") for cell in cells)
        formulas += [(name, cell) for cell in cells if cell.startswith(FORMULA_STARTS)]
        for row in sheet_of(client.get(address, asked | {listing.own("export"): "xlsx"})).iter_rows(min_row=2):
            books += sum(cell.quotePrefix for cell in row)
            formulas += [(name, cell.value) for cell in row if cell.data_type == "f"]

    assert formulas == []
    assert (len(exports) > 10, quoted > 50, books > 50) == (True, True, True)
