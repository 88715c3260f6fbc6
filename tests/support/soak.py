"""How many random systems the tests look at: `make soak` looks at many more than `make test`."""

import os

MORE = int(os.environ.get("PODPROOF_SOAK", "1"))
"""So many times the usual number; PODPROOF_SOAK in the environment."""
