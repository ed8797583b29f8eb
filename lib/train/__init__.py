"""Training: ask how long it takes, start it, stop it, go on, and see how it goes.

guess = train.estimate(project, "gan", dataset, steps=200)
run = train.start(project, "gan", dataset, steps=200, seed=0)      # returns at once
run.wait(timeout=600); run.samples(); train.stop(run); train.resume(run)
train.how_it_goes(run)      # "Learning steadily: …"
"""

from lib.train.again import again_without
from lib.train.consent_status import refusal, standing
from lib.train.diagnostics import curves, first_look, how_it_goes, what_next
from lib.train.estimates import Estimate, estimate, known, worth_another_try
from lib.train.measuring import measure, under_measurement
from lib.train.removing import bring_back, delete_for_good, remove, removed, size_of
from lib.train.starting import resume, start, stop

__all__ = [
    "Estimate", "again_without", "bring_back", "curves", "delete_for_good", "estimate", "first_look", "how_it_goes", "known",
    "measure", "refusal", "remove", "removed", "resume", "size_of", "standing", "start", "stop", "under_measurement",
    "what_next", "worth_another_try",
]  # fmt: skip
