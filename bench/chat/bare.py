"""The bare limit: websockets, asyncpg and Redis pub/sub in one asyncio process, and nothing of a product.

One INSERT a message, then one publish; an acknowledgement to the sender and an event to both. It knows no
login, no permission, no numbers and no retries. Run: ``python -m bench.chat.bare PORT``.
"""

import asyncio
import contextlib
import json
import os
import sys
from collections import defaultdict

import asyncpg
import redis.asyncio
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

rooms: dict[str, set[ServerConnection]] = defaultdict(set)


async def hear(client: redis.asyncio.Redis) -> None:
    pubsub = client.pubsub()
    await pubsub.psubscribe("bare:*")
    async for event in pubsub.listen():
        if event["type"] != "pmessage":
            continue
        text = event["data"].decode()
        for socket in list(rooms[event["channel"].decode()[5:]]):
            with contextlib.suppress(ConnectionClosed):
                await socket.send(text)


async def main(port: int) -> None:
    pool = await asyncpg.create_pool(
        database=os.environ["BENCH_DATABASE"],
        user=os.environ["BENCH_USER"],
        host=os.environ["BENCH_HOST"],
        min_size=4,
        max_size=8,
    )
    await pool.execute("DROP TABLE IF EXISTS bare_message")
    await pool.execute(
        "CREATE TABLE bare_message (id bigserial PRIMARY KEY, room text NOT NULL, content text NOT NULL,"
        " created_at timestamptz NOT NULL DEFAULT now())"
    )
    client = redis.asyncio.Redis.from_url(os.environ["BENCH_REDIS_URL"])
    hearing = asyncio.create_task(hear(client))

    async def serve_socket(socket: ServerConnection) -> None:
        room = socket.request.path.strip("/") if socket.request else ""
        rooms[room].add(socket)
        try:
            async for text in socket:
                message = json.loads(text)["message"]
                number = await pool.fetchval(
                    "INSERT INTO bare_message (room, content) VALUES ($1, $2) RETURNING id", room, message
                )
                await client.publish(f"bare:{room}", json.dumps({"id": number, "message": message}))
                await socket.send(json.dumps({"ack": number, "message": message}))
        except ConnectionClosed:
            pass
        finally:
            rooms[room].discard(socket)

    async with serve(serve_socket, "127.0.0.1", port, compression=None):
        print("ready", flush=True)
        await hearing


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
