"""The Python SDK 2.x, as its documentation shows it: an httpx2 client of one's own to set the key's header."""

import asyncio
from contextlib import asynccontextmanager

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

import steps


class Session:
    def __init__(self, client: Client):
        self._client = client

    async def list(self):
        return [tool.name for tool in (await self._client.list_tools()).tools]

    async def call(self, step, on_progress):
        return await self._client.call_tool(
            step["tool"],
            step["arguments"],
            read_timeout_seconds=step.get("timeout"),
            progress_callback=on_progress,
        )


@asynccontextmanager
async def connect(job):
    headers = {"Authorization": f"Bearer {job['key']}"} if job["key"] else {}
    # No timeout is set: httpx2's own 5 s between two reads hold.
    async with httpx2.AsyncClient(headers=headers) as http:
        transport = streamable_http_client(job["url"], http_client=http)
        async with Client(transport, mode=job["era"]) as client:
            yield Session(client)


asyncio.run(steps.run(connect))
