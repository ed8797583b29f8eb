"""Consent: what people said yes and no to, and whether something may be used today.

    rule.py     what can be said, and the one rule: allows(item, purpose)
    record.py   what was said, in the project's database: write_down, decisions, standings
    check.py    the question that everybody asks before using anything: check(items, purpose), survey(project), require(…)
"""

from lib.project.consent.check import (
    GONE,
    Allowance,
    Checked,
    Survey,
    check,
    closed_in,
    known_survey,
    require,
    require_run,
    require_some,
    survey,
)
from lib.project.consent.record import Decision, decisions, remember, standings, write_down
from lib.project.consent.rule import (
    BASES,
    LICENCES,
    NO,
    PURPOSE_WORDS,
    PURPOSES,
    STATES,
    YES,
    Consent,
    Row,
    Standing,
    allows,
    as_consent,
    as_date,
    licence_key,
    sum_up,
)

__all__ = [
    "BASES", "GONE", "LICENCES", "NO", "PURPOSES", "PURPOSE_WORDS", "STATES", "YES",
    "Consent", "Row", "Standing", "allows", "as_consent", "as_date", "licence_key", "sum_up",
    "Decision", "decisions", "remember", "standings", "write_down",
    "Allowance", "Checked", "Survey", "check", "closed_in", "known_survey", "require", "require_run", "require_some", "survey",
]  # fmt: skip
