"""``python -m townlet`` is the command ``townlet``."""

import sys

from townlet.cli import main

if __name__ == "__main__":
    sys.exit(main())
