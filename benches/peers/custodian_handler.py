"""Cloud Custodian's own entry point for Lambda, as its deployment calls it: one event a line in, one word a line out. Runs in Custodian's virtual
environment, in a folder with its config.json."""

import json
import logging
import sys

from c7n import handler  # what the module that it deploys as a Lambda imports

# On Lambda its lines go to CloudWatch Logs; here they must not get between the answers.
logging.basicConfig(stream=sys.stderr)
print("ready", flush=True)
for line in sys.stdin:
    handler.dispatch_event(json.loads(line), None)
    print("done", flush=True)
