"""Where does the account live? On an API server of its own (ministack) on 127.0.0.1, started for one series and ended with it."""

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import contextmanager

from seed import ACCOUNT, REGION


def free_port():
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


@contextmanager
def api_server(work, name):
    """An empty account; its port."""
    port, scratch = free_port(), work / "scratch" / name
    scratch.mkdir(parents=True, exist_ok=True)
    own = {
        "PATH": os.environ["PATH"], "HOME": str(scratch), "TMPDIR": str(scratch), "BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0", "MINISTACK_ACCOUNT_ID": ACCOUNT, "MINISTACK_REGION": REGION, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_EC2_METADATA_DISABLED": "true", "LAMBDA_ACCOUNT_CONCURRENCY": "1000",
    }
    with open(work / f"{name}.log", "w") as log:
        server = subprocess.Popen([work / "servers/bin/ministack"], env=own, stdout=log, stderr=log, start_new_session=True)
    try:
        await_health(f"http://127.0.0.1:{port}/_ministack/health")
        yield port
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def await_health(url):
    """Waits for the server, half a minute at most."""
    for _ in range(300):
        try:
            urllib.request.urlopen(url, timeout=1).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"{url} does not answer")
