"""A burst of one address does not keep others from their turn."""

import asyncio
import itertools

from detr_gradio.server.turns import InTurns
from tests.support.coroutines import run_apart


def begun(*addresses, leaving=()):
    """Send requests of some addresses at once; returns these in the order in which they began."""

    async def all_at_once():
        order = []

        async def app(scope, _receive, _send):
            order.append(scope["client"][0])

        route = InTurns(app)
        tasks = [
            asyncio.create_task(route({"type": "http", "client": (each, 1)}, None, None))
            for each in addresses
        ]
        await asyncio.sleep(0)
        for place in leaving:
            tasks[place].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert not route._waiting
        return "".join(order)

    return run_apart(all_at_once())


def test_addresses_take_turns_and_each_keeps_its_order():
    assert begun("a", "a", "a", "a", "b", "c", "b") == "abcabaa"


def test_one_address_alone_is_served_in_order():
    assert begun("a", "a", "a") == "aaa"


def test_who_has_left_holds_nobody_up():
    assert begun("a", "a", "b", "b", leaving=(0, 2)) == "ab"


def test_each_round_of_the_loop_begins_one():
    async def rounds():
        started = []

        async def app(scope, _receive, _send):
            started.append(scope["client"][0])

        route = InTurns(app)
        scope = {"type": "http", "client": ("a", 1)}
        tasks = [asyncio.create_task(route(scope, None, None)) for _ in range(4)]
        counts = []
        for _ in range(7):
            await asyncio.sleep(0)
            counts.append(len(started))
        await asyncio.gather(*tasks)
        return counts

    counts = run_apart(rounds())
    assert counts[-1] == 4
    assert max(b - a for a, b in itertools.pairwise(counts)) == 1


def test_what_is_no_request_passes():
    passed = []

    async def app(scope, _receive, _send):
        passed.append(scope["type"])

    run_apart(InTurns(app)({"type": "lifespan"}, None, None))
    assert passed == ["lifespan"]
