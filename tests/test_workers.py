"""How tests are dealt out: those that share a server of their own go to one worker, or each would start it again."""

import os

import pytest


@pytest.mark.xdist_group("one of them")
def test_a_group_is_told_to_who_deals_out(request):
    is_dealt_out = "PYTEST_XDIST_WORKER" in os.environ

    assert request.node.nodeid.endswith("@one of them") == is_dealt_out
