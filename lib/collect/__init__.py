"""Collecting: every way in, and the way out. Files, folders and zips, films as stills; removing, with a way back;
slips beside what is kept by number, and a journal.

report = collect.add_files(project, paths, consent=Consent(state="given", purposes=["train"], person="R."))
print(report)        # 229 added, 2 refused
collect.remove(project, report.added[0]); collect.bring_back(project, report.added[0])
"""

from lib.collect.adding import add_files, add_video
from lib.collect.arriving import add_inbox, add_one, add_pieces, take_stills
from lib.collect.batches import batches, bring, go_on, hand_on, hand_over, put_away, stop
from lib.collect.deciding import decide, learning_from
from lib.collect.films import keep_all_stills, keep_still, look_at_films, mark_blurred, open_films
from lib.collect.journal import (
    bring_back_entry,
    change_entry,
    delete_entry,
    entries,
    export_journal,
    goal,
    growth,
    pace,
    set_goal,
    write_entry,
)
from lib.collect.made_here import LONGEST_TAKE, add_drawing, add_take, silence_of
from lib.collect.own_texts import add_own_text, in_items
from lib.collect.removal import bring_back, delete_later, delete_removed, deletion, held_by, remove
from lib.collect.scans import find_pieces, set_sheet, sheets, switch_piece
from lib.collect.shots import add_shot
from lib.collect.slip_parts import (
    add_slip_field,
    bring_back_slip_field,
    change_slip_field,
    remove_slip_field,
    slip_fields,
)
from lib.collect.slips import rules, set_rules, set_slip, slip
from lib.collect.table import export_slips, import_slips
from lib.collect.texts import add_texts, pages
from lib.collect.web import fetch_from_web, fetch_later, look_at_web

__all__ = [
    "add_files", "add_video", "add_inbox", "add_one", "add_drawing", "add_take", "add_shot", "silence_of", "LONGEST_TAKE",
    "hand_over", "batches", "stop", "go_on", "put_away",
    "bring", "hand_on", "open_films", "look_at_films", "keep_still", "keep_all_stills", "mark_blurred", "take_stills",
    "find_pieces", "sheets", "set_sheet", "switch_piece", "add_pieces",
    "add_texts", "add_own_text", "in_items", "pages", "look_at_web", "fetch_from_web", "fetch_later",
    "remove", "bring_back", "held_by", "delete_removed", "delete_later", "deletion", "decide", "learning_from",
    "set_slip", "slip", "rules", "set_rules", "slip_fields", "add_slip_field", "change_slip_field", "remove_slip_field",
    "bring_back_slip_field", "export_slips", "import_slips",
    "write_entry", "entries", "change_entry", "delete_entry", "bring_back_entry", "export_journal", "growth", "pace", "goal", "set_goal",
]  # fmt: skip
