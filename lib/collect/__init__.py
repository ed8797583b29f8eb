"""Collecting: every way in. Files, folders and zips, films as stills.

report = collect.add_files(project, paths, consent=Consent(state="given", purposes=["train"], person="R."))
print(report)        # 229 added, 2 refused
"""

from lib.collect.adding import add_files, add_video

__all__ = ["add_files", "add_video"]
