"""A client of the MCP server, of the protocol's own package."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client


def ask(address, question):
    """Open a session with a server and ask one thing; return the answer."""

    async def session():
        async with (
            streamable_http_client(address) as (read, write, _),
            ClientSession(read, write) as client,
        ):
            await client.initialize()
            return await question(client)

    # Playwright keeps an event loop running in the main thread, once a test has used it.
    with ThreadPoolExecutor() as elsewhere:
        return elsewhere.submit(asyncio.run, session()).result()
