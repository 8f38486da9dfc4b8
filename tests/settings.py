"""The product's settings in a place of the tests' own, with a clock that runs faster on both sides."""

import os
import tempfile
from pathlib import Path

os.environ["SONISBRIDGE_HOME"] = tempfile.mkdtemp(prefix="sonisbridge-test-")
os.environ["SONISBRIDGE_TIME_SCALE"] = os.environ.get("SONISBRIDGE_TEST_TIME_SCALE", "60")
os.environ["SONISBRIDGE_LEASE_SECONDS"] = "5"
os.environ["SONISBRIDGE_ALLOW_LOOPBACK_ENDPOINT"] = "1"

from sonisbridge.settings import *  # noqa: F403
from sonisbridge.settings import DATABASES, HOME

# Threads of one test share its database, so it is a file.
DATABASES["default"]["TEST"] = {"NAME": str(Path(HOME) / "test.sqlite3")}
