"""The load program's own WebSocket client, against a real server: a wrong one would measure nonsense."""

import asyncio

from websockets.asyncio.server import ServerConnection, serve

from bench.chat.wire import connect


async def test_texts_of_every_length_come_back_whole():
    async def echo(socket: ServerConnection) -> None:
        async for text in socket:
            await socket.send(text)

    texts = ["a" * size for size in (1, 125, 126, 65_535, 65_536, 200_000)]
    heard: list[str] = []
    async with serve(echo, "127.0.0.1", 0, compression=None, ping_interval=0.05) as server:
        port = server.sockets[0].getsockname()[1]
        wire = await connect(port, "/", {}, lambda payload: heard.append(payload.decode()))
        for text in texts:
            wire.send(text.encode())
        for _ in range(200):
            if len(heard) == len(texts):
                break
            await asyncio.sleep(0.02)
        wire.transport.close()

    assert heard == texts
    assert wire.close_code is None
