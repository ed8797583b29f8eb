"""Training: ask how long it takes, start it, stop it, go on, and see how it goes.

guess = train.estimate(project, "gan", dataset, steps=200)
run = train.start(project, "gan", dataset, steps=200, seed=0)      # returns at once
run.wait(timeout=600); run.samples(); train.stop(run); train.resume(run)
train.how_it_goes(run)      # "Learning steadily: …"
train.fetch_base(project, "stable-diffusion-v1-5/stable-diffusion-v1-5")      # for a LoRA; train.offer_base(name) says what it is before

errand = train.send_out(project, "lora", dataset)           # for another computer, such as one with a graphics card
train.pack(project, errand, to="~/Desktop")                 # a zip; there: pip install -r requirements.txt, python train_here.py
run = train.bring_home(project, "~/Downloads/result-….zip")
"""

from lib.train.again import again_without
from lib.train.bases import BaseOffer, fetch_base, look_at_base, offer_base, suited_settings
from lib.train.consent_status import refusal, standing
from lib.train.diagnostics import curves, first_look, how_it_goes, what_next
from lib.train.elsewhere.coming_home import bring_home
from lib.train.elsewhere.errands import Errand, errands, find_errand, forget_errand, in_it, send_out, stays_here
from lib.train.elsewhere.packing import contents, pack
from lib.train.estimates import Estimate, estimate, known, worth_another_try
from lib.train.measuring import measure, under_measurement
from lib.train.removing import bring_back, delete_for_good, remove, removed, size_of
from lib.train.starting import resume, start, stop

__all__ = [
    "BaseOffer", "Errand", "Estimate", "again_without", "bring_back", "bring_home", "contents", "curves", "delete_for_good", "errands", "estimate",
    "fetch_base", "find_errand", "first_look", "forget_errand", "how_it_goes", "in_it", "known", "look_at_base", "measure", "offer_base", "pack",
    "refusal", "remove", "removed", "resume", "send_out", "size_of", "standing", "start", "stays_here", "stop", "suited_settings", "under_measurement",
    "what_next", "worth_another_try",
]  # fmt: skip
