"""python -m podproof.diagrams: write everything generated in docs/ again."""

import sys

from podproof.check.interrupts import INTERRUPTED, interrupted, interruptible
from podproof.diagrams import pages

if __name__ == "__main__":
    try:
        with interruptible():
            pages.write("docs")
    except KeyboardInterrupt as stopped:
        print(interrupted(str(stopped)), file=sys.stderr)
        sys.exit(INTERRUPTED)
