"""The one error a person meets. Raise `UserError`; a page catches it and shows its three short lines."""

from __future__ import annotations

import errno


class UserError(Exception):
    """Something a person can understand and mend.

    what: what happened, in one sentence.   why: the reason.   fix: what to do now.
    """

    def __init__(self, what: str, why: str = "", fix: str = ""):
        super().__init__(" ".join(part for part in (what, why, fix) if part))
        self.what, self.why, self.fix = what, why, fix

    def __reduce__(self):
        return UserError, (self.what, self.why, self.fix)

    def as_dict(self) -> dict[str, str]:
        return {"what": self.what, "why": self.why, "fix": self.fix}


# Full disk, full quota, or a limit on the size of one file: the same to a person.
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT if hasattr(errno, "EDQUOT") else errno.ENOSPC, errno.EFBIG}


def is_disk_full(error: BaseException | None) -> bool:
    """True if `error`, or an error that it came from, says that there is no room left to write."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            return True
        error = error.__cause__ or error.__context__
    return False


def disk_full(folder: object) -> UserError:
    return UserError(
        "The disk is full.",
        f"There is no room left to write in {folder}.",
        "Free some space (empty the bin, delete old runs), then continue: everything finished so far is safe.",
    )
