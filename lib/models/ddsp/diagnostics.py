"""How a training of DDSP goes, in words and curves, from its numbers alone. Read `how_it_goes`. Imports no torch."""

from __future__ import annotations

from lib.models import Curve

FIRST = "The first samples hum: pitch and loudness are there from the start, the timbre comes with the steps."
FAR_OFF = 50.0      # cents, from which on the pitch is told to be wrong
BY_HEART = 1.15     # times the best distance, from which on what is held back gets worse

CURVES = (
    Curve("How far from the recordings", "Multi-scale spectral distance", {"loss": "what it learns from", "held_out": "held back"},
          "Both fall, quickly at first; what is held back, here and in loudness, decides which step is the best. Silence is far above.", mark=("best", "best step")),
    Curve("Timbre held back", "Log-mel distance, dB", {"log_mel": "of each band, each moment"}, "How far bands of sound are off: under 6 dB is near for so small a network."),
    Curve("Loudness held back", "dB", {"loudness_off": "off at each moment"}, "It is told how loud to be: under 3 dB it follows well."),
    Curve("Pitch held back", "Cents", {"pitch_off": "between what it was given and what is heard"}, "A semitone is 100 cents; under 10 nobody hears a difference."),
)  # fmt: skip


def how_it_goes(reports: list[dict], change: float | None) -> str:
    """A sentence or two. reports: the last ones, oldest first. change: not asked for here."""
    looks = [report for report in reports if "held_out" in report]
    if not looks:
        return "It is too early to tell. Listen to the samples: first it hums, then it takes on the colour."
    last, best = looks[-1], min(look["held_out"] for look in looks)
    told = f"Held-out sound is {last['held_out']:.2f} away (multi-scale spectral distance), its bands by {last['log_mel']:.1f} dB."
    if last.get("pitch_off", 0.0) > FAR_OFF:
        return f"{told} The pitch that is heard is not the one it was given: the sounds may hold several voices at once, or noise."
    if last["held_out"] > BY_HEART * best:
        return f"{told} It was nearer before: it begins to know its sounds by heart, and the best step is kept."
    if len(looks) >= 5 and looks[-5]["held_out"] - last["held_out"] < 0.01 * last["held_out"]:
        return f"{told} It hardly comes nearer any more; listen whether you miss anything."
    return f"{told} It still comes nearer."
