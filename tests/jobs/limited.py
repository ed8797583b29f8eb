"""A worker that can write no file beyond a size, as on a full disk: `python -m tests.jobs.limited JOB_FOLDER BYTES`."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

from lib.jobs import ending, worker

if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
    ending.print_what_fits()
    worker.main(Path(sys.argv[1]), "cpu")
