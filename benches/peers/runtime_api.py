"""How long does the monitor's process take to start, and to answer an event? A Lambda Runtime API for one execution environment.

Head and body of an answer leave in one segment and without Nagle's algorithm, else every invocation takes 40 ms more than it does on Lambda.
"""

import json
import os
import queue
import socket
import subprocess
import threading
import time
from pathlib import Path

from seed import ACCOUNT, REGION


class Environment:
    """A process of `bootstrap` and the Runtime API that it polls."""

    def __init__(self, binary, variables, log):
        self.events, self.calls, self.count = queue.Queue(), queue.Queue(), 0
        listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self.accept, args=(listener,), daemon=True).start()
        own = {
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{listener.getsockname()[1]}", "AWS_LAMBDA_FUNCTION_NAME": "vigil",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256", "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST", "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/vigil",
            "AWS_LAMBDA_LOG_STREAM_NAME": "1", "AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": ACCOUNT, "AWS_SECRET_ACCESS_KEY": "test", "AWS_EC2_METADATA_DISABLED": "true",
        }
        with open(log, "w") as file:
            started = time.monotonic()
            self.process = subprocess.Popen([binary], env={**own, **variables}, stdout=file, stderr=file, stdin=subprocess.DEVNULL)
        kind, at, body = self.calls.get(timeout=20)
        if kind != "poll":
            raise RuntimeError(f"bootstrap did not start: {body}")
        self.ready = at - started

    def invoke(self, event, limit=900):
        """Seconds until the answer is here."""
        self.count += 1
        deadline = int((time.time() + limit) * 1000)
        head = (
            "content-type: application/json\r\n"
            f"lambda-runtime-aws-request-id: {self.count}\r\nlambda-runtime-deadline-ms: {deadline}\r\n"
            f"lambda-runtime-invoked-function-arn: arn:aws:lambda:{REGION}:{ACCOUNT}:function:vigil\r\n"
        )
        self.handed_over = time.monotonic()
        self.events.put((head, json.dumps(event).encode()))
        while True:
            kind, at, body = self.calls.get(timeout=limit)
            if kind == "answer":
                return at - self.handed_over
            if kind == "error":
                raise RuntimeError(f"bootstrap failed: {body}")

    def memory(self):
        """Peak of its resident memory, MB."""
        return peak_memory(self.process.pid)

    def cpu(self):
        """Seconds of CPU so far."""
        return cpu_time(self.process.pid)

    def end(self):
        self.process.kill()
        self.process.wait()

    def accept(self, listener):
        while True:
            connection, _ = listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self.attend, args=(connection,), daemon=True).start()

    def attend(self, connection):
        try:
            self.converse(connection)
        except (ConnectionError, BrokenPipeError):
            pass  # the process was ended

    def converse(self, connection):
        reader = connection.makefile("rb")
        while True:
            line = reader.readline()
            if not line:
                return
            headers = {}
            while (header := reader.readline().strip()):
                name, _, value = header.decode().partition(":")
                headers[name.strip().lower()] = value.strip()
            body = read_body(reader, headers)
            now = time.monotonic()
            if b"/invocation/next" in line:
                self.calls.put(("poll", now, b""))
                head, event = self.events.get()
                answer(connection, "200 OK", head, event)
            else:
                answer(connection, "202 Accepted", "", b"")
                self.calls.put(("answer" if b"/response" in line else "error", now, body))


def read_body(reader, headers):
    """A body with or without a length."""
    if headers.get("transfer-encoding") == "chunked":
        body = b""
        while size := int(reader.readline().split(b";")[0], 16):
            body += reader.read(size)
            reader.readline()
        reader.readline()
        return body
    return reader.read(int(headers.get("content-length", 0)))


def answer(connection, status, head, body):
    connection.sendall(f"HTTP/1.1 {status}\r\n{head}content-length: {len(body)}\r\n\r\n".encode() + body)


def peak_memory(pid):
    """Peak of a process's resident memory, MB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def cpu_time(pid):
    """Seconds of CPU of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
