"""What a person meant: pure readers of answers."""

from conversations.understanding.fields import read_field
from conversations.understanding.reading import PROBLEMS, Candidate, Read
from conversations.understanding.several import labelled
from conversations.understanding.text import asks

__all__ = ["PROBLEMS", "Candidate", "Read", "asks", "labelled", "read_field"]
