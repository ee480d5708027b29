"""`python -m mailrouter`, the same as the `mailrouter` command."""

import sys

from mailrouter.cli import main

if __name__ == "__main__":
    sys.exit(main())
