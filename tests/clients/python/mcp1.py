"""The Python SDK 1.x, as its documentation shows it: an httpx client of one's own to set the key's header."""

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client

import steps


class Session:
    def __init__(self, session: ClientSession):
        self._session = session

    async def list(self):
        return [tool.name for tool in (await self._session.list_tools()).tools]

    async def call(self, step, on_progress):
        timeout = timedelta(seconds=step["timeout"]) if "timeout" in step else None
        return await self._session.call_tool(
            step["tool"], step["arguments"], read_timeout_seconds=timeout, progress_callback=on_progress
        )


@asynccontextmanager
async def connect(job):
    headers = {"Authorization": f"Bearer {job['key']}"} if job["key"] else {}
    # No timeout is set: httpx's own 5 s between two reads hold.
    async with httpx.AsyncClient(headers=headers) as http:
        async with streamable_http_client(job["url"], http_client=http) as (read, write, _):
            async with ClientSession(read, write) as session:
                await session.initialize()
                yield Session(session)


asyncio.run(steps.run(connect))
