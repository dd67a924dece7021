"""What both generations of the Python SDK are asked to do, and how their user sees it end.

A job comes as JSON in argv[1]; the report is the last line on stdout. Each driver brings `connect(job)`, an async
context manager that yields a session with `list()` and `call(step, on_progress)`.
"""

import asyncio
import json
import sys


def shown(error: BaseException) -> str:
    """The exception as Python prints it, with the members of a group after it."""
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    members = getattr(error, "exceptions", ())
    return " > ".join([text, *(shown(member) for member in members)])


async def call(session, step: dict) -> dict:
    progress = []

    async def on_progress(value, total, message):
        progress.append(message)

    calling = session.call(step, on_progress if step.get("progress") else None)
    if "cancel_after" in step:
        async with asyncio.timeout(step["cancel_after"]):
            result = await calling
    else:
        result = await calling
    content = result.model_dump(by_alias=True, mode="json")
    return {
        "is_error": bool(content["isError"]),
        "text": "\n".join(block["text"] for block in content["content"]),
        "structured": content["structuredContent"],
        "progress": len(progress),
    }


async def take(session, step: dict) -> dict:
    match step["do"]:
        case "list":
            return {"tools": await session.list()}
        case "call":
            return await call(session, step)
        case "wait":
            # The test does something to the server meanwhile, and says so with a line.
            print(json.dumps({"waiting": True}), flush=True)
            await asyncio.to_thread(sys.stdin.readline)
            return {}
        case other:
            raise AssertionError(f"no such step: {other}")


async def run(connect) -> None:
    job = json.loads(sys.argv[1])
    report = {"steps": [], "ended": None}
    try:
        async with connect(job) as session:
            for step in job["steps"]:
                try:
                    report["steps"].append(await take(session, step))
                # A cancellation is no `Exception`: it means that the SDK takes its whole session down.
                except Exception as error:
                    report["steps"].append({"raised": shown(error)})
    except BaseException as error:
        report["ended"] = shown(error)
    print(json.dumps(report))
