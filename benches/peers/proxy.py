"""How many calls does a program make, of which services, and what do they cost it when each of them takes a while?

A proxy in front of the API server, the same for everybody. It counts requests by the service that they are signed for, waits as long as it is told
before it passes one on, and answers what the API server does not know (doubles.py).
"""

import asyncio
import re
import threading
import time
from collections import Counter

from doubles import Doubles

SERVICE = re.compile(rb"credential=[^/]+/\d+/[^/]+/([^/]+)/aws4_request", re.IGNORECASE)


class Proxy:
    """Listens on a free port of 127.0.0.1 until the process ends."""

    def __init__(self, upstream_port, doubles=None):
        self.upstream_port, self.doubles = upstream_port, doubles or Doubles()
        self.delay, self.lock = 0.0, threading.Lock()
        self.calls, self.port, self.arrivals = Counter(), 0, []
        ready = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self.serve(ready)), daemon=True).start()
        ready.wait()

    @property
    def endpoint(self):
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def take(self):
        """The calls since the last look, by service."""
        with self.lock:
            taken, self.calls = self.calls, Counter()
        return taken

    def one_after_the_other(self):
        """How many calls since the last look waited for one before them, and when they came in: those that come together count once."""
        with self.lock:
            arrivals, self.arrivals = self.arrivals, []
        waves = []
        for at, service in arrivals:
            if not waves or at - waves[-1][0] > self.delay / 2:
                waves.append((at, {service}))
            waves[-1][1].add(service)
        return waves

    async def serve(self, ready):
        server = await asyncio.start_server(self.converse, "127.0.0.1", 0, backlog=512)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        async with server:
            await server.serve_forever()

    async def converse(self, reader, writer):
        upstream = None
        try:
            while True:
                head, body = await message(reader)
                self.count(head)
                if self.delay:
                    await asyncio.sleep(self.delay)
                answer = self.doubles.answer(head, body)
                if answer is None:
                    upstream = upstream or await asyncio.open_connection("127.0.0.1", self.upstream_port)
                    upstream[1].write(head + body)
                    answer_head, answer_body = await message(upstream[0], head.startswith(b"HEAD "))
                    answer = self.doubles.amended(body, answer_head, answer_body)
                    if b"connection: close" in answer_head.lower():
                        upstream[1].close()
                        upstream = None
                writer.write(answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # its peer has gone
        finally:
            for end in (writer, upstream and upstream[1]):
                if end:
                    end.close()

    def count(self, head):
        found = SERVICE.search(head)
        service = found.group(1).decode() if found else "other"
        with self.lock:
            self.calls[service] += 1
            self.arrivals.append((time.monotonic(), service))


def header(head, name):
    """A header's value."""
    found = re.search(rb"\r\n" + re.escape(name) + rb":[ \t]*([^\r]*)", head, re.IGNORECASE)
    return found.group(1) if found else b""


async def message(reader, without_body=False):
    """One HTTP message, as it is."""
    head = await reader.readuntil(b"\r\n\r\n")
    if without_body or head.startswith((b"HTTP/1.1 204", b"HTTP/1.1 304")):
        return head, b""
    if b"chunked" in header(head, b"transfer-encoding").lower():
        body = b""
        while True:
            size = await reader.readuntil(b"\r\n")
            chunk = await reader.readexactly(int(size.split(b";")[0], 16) + 2)
            body += size + chunk
            if len(chunk) == 2:
                return head, body
    return head, await reader.readexactly(int(header(head, b"content-length") or 0))
