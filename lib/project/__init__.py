"""The nouns and how they are made: Project, Item, Dataset, Run, Output, Person, Consent.

from lib.project import Project, Consent
project = Project.create("Tulips", home=folder, actor="ana")
"""

from lib.project.consent import PURPOSES, STATES, Consent, allows
from lib.project.datasets import Dataset
from lib.project.intake import Report
from lib.project.items import Item
from lib.project.outputs import Output
from lib.project.people import Person
from lib.project.project import Project
from lib.project.runs import Run

__all__ = ["PURPOSES", "STATES", "Consent", "Dataset", "Item", "Output", "Person", "Project", "Report", "Run", "allows"]
