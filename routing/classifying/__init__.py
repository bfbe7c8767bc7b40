"""What it is about: the issue of a text, by a model of the list's own words. Pure; trained once per list and corpus."""

from routing.classifying.classifier import Classifier, IssueGuess
from routing.classifying.material import Example, Material, corpus_file, material, starter_corpus
from routing.classifying.training import train

__all__ = [
    "Classifier",
    "Example",
    "IssueGuess",
    "Material",
    "corpus_file",
    "material",
    "starter_corpus",
    "train",
]
