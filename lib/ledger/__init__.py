"""The ledger: whose data is in what, and what a no reaches.

told = ledger.touched(project, person="R.")              # told.items, .datasets, .runs, .outputs, .indexes
ledger.withdraw(project, person="R.", confirm=True)      # all of it goes, or is used no more
ledger.ending(project, items, consent)                   # what a decision ends, before it is written down
"""

from lib.ledger.withdrawing import Ending, ending, find_person, touched, under_way, withdraw, withdraw_later
from lib.project.withdrawal import Touched

__all__ = ["Ending", "Touched", "ending", "find_person", "touched", "under_way", "withdraw", "withdraw_later"]
