"""Streams of events are bounded, of one address and in all."""

import asyncio
from collections import Counter

import pytest
from starlette.exceptions import HTTPException

from detr_gradio.server import streams
from detr_gradio.server.streams import BoundedStream
from tests.support.coroutines import run_apart


@pytest.fixture
def count(monkeypatch):
    """Open streams of some addresses at a time; returns how many were let through."""
    monkeypatch.setattr(streams, "MAX_STREAMS", 5)
    monkeypatch.setattr(streams, "MAX_OF_ADDRESS", 2)
    monkeypatch.setattr(BoundedStream, "open", Counter())

    def run(*addresses):
        async def all_at_once():
            over, begun = asyncio.Event(), []

            async def last(scope, _receive, _send):
                begun.append(scope["client"][0])
                await over.wait()

            route = BoundedStream(last)
            tasks = [
                asyncio.create_task(route(scope_of(address), None, None)) for address in addresses
            ]
            await asyncio.sleep(0)
            over.set()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
            refused = [each.status_code for each in ended if isinstance(each, HTTPException)]
            assert refused == [503] * (len(addresses) - len(begun))
            return Counter(begun)

        return run_apart(all_at_once())

    yield run
    assert not BoundedStream.open  # nothing is counted once it is over


def scope_of(address):
    return {"type": "http", "headers": [], "client": (address, 1)}


def test_one_address_has_its_share(count):
    assert count(*["192.0.2.1"] * 4, "192.0.2.2") == {"192.0.2.1": 2, "192.0.2.2": 1}


def test_a_network_of_ipv6_has_the_share_of_one(count):
    assert count(*(f"2001:db8::{number}" for number in range(4))).total() == 2


def test_all_have_a_bound(count):
    assert count(*(f"192.0.2.{number}" for number in range(9))).total() == 5


def test_a_proxy_of_this_machine_has_many(count):
    assert count(*["127.0.0.1"] * 9) == {"127.0.0.1": 5}
