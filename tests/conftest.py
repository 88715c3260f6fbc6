"""Tests do not depend on the terminal that they are started from."""

from __future__ import annotations

import os

for variable in ("COLUMNS", "FORCE_COLOR", "NO_COLOR"):
    os.environ.pop(variable, None)
