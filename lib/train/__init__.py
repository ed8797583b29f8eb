"""Training: ask how long it takes, start it, stop it, go on.

guess = train.estimate(project, "gan", dataset, steps=200)
run = train.start(project, "gan", dataset, steps=200, seed=0)      # returns at once
run.wait(timeout=600); run.samples(); train.stop(run); train.resume(run)
"""

from lib.train.estimates import Estimate, estimate
from lib.train.starting import resume, start, stop

__all__ = ["Estimate", "estimate", "resume", "start", "stop"]
