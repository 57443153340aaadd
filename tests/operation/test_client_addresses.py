import pytest

from operation.client_addresses import client_address


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "198.51.100.7", "192.0.2.1"),
        (1, "198.51.100.7", "198.51.100.7"),
        (1, "203.0.113.9, 198.51.100.7", "198.51.100.7"),
        (2, "203.0.113.9, 198.51.100.7, 10.0.0.1", "198.51.100.7"),
        (2, "198.51.100.7", "192.0.2.1"),
        (1, "", "192.0.2.1"),
        (1, "unknown", "192.0.2.1"),
        (1, "::ffff:198.51.100.7", "198.51.100.7"),
        (1, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        (1, "198.51.100.7:51234", "198.51.100.7"),
        (1, "[2001:db8:1:2:3:4:5:6]:443", "2001:db8:1:2::"),
        (1, "[2001:db8:1:2:3:4:5:6]", "2001:db8:1:2::"),
        (1, "[198.51.100.7", "192.0.2.1"),
    ],
)
def test_an_address_is_believed_as_far_as_our_own_proxies_wrote_it(rf, settings, proxies, forwarded, expected):
    settings.PROXY_COUNT = proxies
    request = rf.get("/", headers={"X-Forwarded-For": forwarded}, REMOTE_ADDR="192.0.2.1")

    assert client_address(request) == expected


def test_a_request_from_a_socket_has_no_address(rf):
    assert client_address(rf.get("/", REMOTE_ADDR="")) is None
