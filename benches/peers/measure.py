"""What does a command cost? Started in between, with nothing but the standard library, because a child's peak of memory counts from its parent's:
`python -I -S measure.py FILE COMMAND…` writes its wall time, CPU time and peak of memory to FILE, with those of the processes that it started and
waited for."""

import json
import os
import sys
import time

out, command = sys.argv[1], sys.argv[2:]
started = time.monotonic()
child = os.fork()
if child == 0:
    os.execvp(command[0], command)
_, status, usage = os.wait4(child, 0)
wall = time.monotonic() - started
figures = {
    "wall": wall,
    "cpu": usage.ru_utime + usage.ru_stime,
    "memory": usage.ru_maxrss / 1024,
    "status": os.waitstatus_to_exitcode(status),
}
with open(out, "w") as file:
    json.dump(figures, file)
