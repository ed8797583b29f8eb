"""Collecting: every way in, and the way out. Files, folders and zips, films as stills; removing, with a way back.

report = collect.add_files(project, paths, consent=Consent(state="given", purposes=["train"], person="R."))
print(report)        # 229 added, 2 refused
collect.remove(project, report.added[0]); collect.bring_back(project, report.added[0])
"""

from lib.collect.adding import add_files, add_video
from lib.collect.batches import batches, go_on, hand_over, put_away, stop
from lib.collect.deciding import decide, learning_from
from lib.collect.inbox import add_inbox, add_one
from lib.collect.removal import bring_back, delete_later, delete_removed, deletion, held_by, remove

__all__ = [
    "add_files", "add_video", "add_inbox", "add_one", "hand_over", "batches", "stop", "go_on", "put_away",
    "remove", "bring_back", "held_by", "delete_removed", "delete_later", "deletion", "decide", "learning_from",
]  # fmt: skip
