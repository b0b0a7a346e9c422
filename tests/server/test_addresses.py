"""By what a sender is known: nobody is many by having many addresses."""

import pytest
from starlette.requests import Request

from detr_gradio.server.addresses import SHARED, sender_at, sender_of


@pytest.mark.parametrize(
    ("host", "sender"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:0DB8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),  # of a socket for both kinds
        ("unknown", "unknown"),  # whatever a proxy says
        ("x" * 10_000, "x" * 45),
        ("", ""),
    ],
)
def test_by_what_a_sender_is_known(host, sender):
    assert sender_at(host) == sender


@pytest.mark.parametrize("host", ["", "127.0.0.1", "::1", "::ffff:127.0.0.1"])
def test_a_proxy_of_this_machine_may_be_many(host):
    assert sender_at(host) in SHARED


def test_a_request_has_its_sender():
    assert sender_of(Request({"type": "http", "client": ("2001:db8::9", 1)})) == "2001:db8::/64"
    assert sender_of(Request({"type": "http", "client": None})) == ""
