"""Sounds that a model made: mine or a copy? And the rhythm pad, on which a model is moved through and heard at once.

    near = audio.nearest(project, output)         # the chunk of what it learned from that is most like it: whose, where, how far
    near.decibels, near.usual                     # how far, and how far two of those sounds are from each other
    audio.pad_facts(project, run)                 # what the rhythm pad needs to know of a run
    audio.keep_rhythm(project, run, played)       # what was played on it becomes an output, as sound and MIDI

What makes the sounds is lib.generate: generate.sounds(project, run, source=path), or curves={"drawn": …}, or mix={other: 0.5}.
"""

from lib.audio.nearest import Nearest, nearest
from lib.audio.rhythm_pad import has_pad, keep_rhythm, pad_facts, weights_for_browser

__all__ = ["Nearest", "has_pad", "keep_rhythm", "nearest", "pad_facts", "weights_for_browser"]
