"""What a person meant: pure readers of answers."""

from conversations.understanding.fields import read_field
from conversations.understanding.reading import PROBLEMS, Candidate, Read

__all__ = ["PROBLEMS", "Candidate", "Read", "read_field"]
