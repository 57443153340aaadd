import re

import pytest

from tms.monitoring.request_log import NOTED


@pytest.mark.parametrize("given", ["0f3a9c1e-77aa-4b1e", "Root.1-67891233_abcdef", "a" * 64])
def test_a_well_formed_id_is_taken_and_sent_back(client, given):
    answer = client.get("/health/alive/", headers={"X-Request-ID": given})

    assert answer["X-Request-ID"] == given


@pytest.mark.parametrize("given", [None, "", "short", "a" * 65, "two words in it", "a@example.org.uk", "x" * 8 + "\n"])
def test_any_other_is_replaced(client, given):
    answer = client.get("/health/alive/", headers={} if given is None else {"X-Request-ID": given})

    assert re.fullmatch(r"[0-9a-f]{32}", answer["X-Request-ID"])


def test_the_access_log_finds_ids_view_and_network(world, signed_in):
    answer = signed_in(world.student).get("/", REMOTE_ADDR="192.0.2.77")

    noted = answer.wsgi_request.META[NOTED]
    assert noted == {
        "request_id": answer["X-Request-ID"],
        "address": "192.0.2.0/24",
        "view": "home",
        "user_id": world.student.pk,
        "organization_id": world.student.organization_id,
    }


def test_a_page_that_is_none_has_no_view(client, db):
    assert client.get("/nowhere/").wsgi_request.META[NOTED]["view"] == ""
