"""What somebody has pressed on Chat, under which names the session keeps it: the conversation and the papers write it, the sources read it."""

from __future__ import annotations

CLICKED = "chat.clicked"    # (turn, sentence or passage) that the sources show
OPENED = "chat.opened"      # the id of a paper that they show instead
