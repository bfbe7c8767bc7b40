"""What it is about: the issue of a text, by a model of the list's own words. Pure; trained once per list and corpus."""

from routing.classifying.classifier import Classifier, IssueGuess
from routing.classifying.material import Example, Material, corpus_file, material, starter_corpus

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


def train(material: Material) -> Classifier:
    """The model of a material. Needs at least two classes with two texts each.

    scikit-learn is imported here, when one is made: it takes a second that whoever only uses a model need not wait.
    """
    from routing.classifying.training import trained

    return trained(material)
