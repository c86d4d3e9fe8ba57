"""``python -m conversations.forms.release FORM VERSION``: lock a new form version."""

from __future__ import annotations

import sys

from conversations.errors import DefinitionError
from conversations.forms.book import release


def main() -> None:
    """Lock the version named on the command line and print its hash."""
    if len(sys.argv) != 3 or not sys.argv[2].isdecimal():
        sys.exit("usage: python -m conversations.forms.release FORM VERSION")
    try:
        locked = release(sys.argv[1], int(sys.argv[2]))
    except DefinitionError as error:
        sys.exit(str(error))
    sys.stdout.write(f"{locked}\n")


if __name__ == "__main__":
    main()
