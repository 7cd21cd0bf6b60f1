"""A proxy that brings a client here whatever HTTPS host it asks for: MSAL insists on login.microsoftonline.com."""

from __future__ import annotations

import asyncio
import contextlib

_CHUNK = 64 * 1024


async def listen(host: str, target_port: int) -> asyncio.Server:
    """Answer every CONNECT with a tunnel to the target's own port; its certificate has to name the hosts."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        if not request.startswith(b"CONNECT "):
            writer.close()
            return
        target_reader, target_writer = await asyncio.open_connection(host, target_port)
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await asyncio.gather(_copy(reader, target_writer), _copy(target_reader, writer))

    return await asyncio.start_server(serve, host, 0)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while chunk := await reader.read(_CHUNK):
            writer.write(chunk)
            await writer.drain()
    writer.close()
