"""These tests are a leg of their own, `make readers`, which says where the readers lie."""

from __future__ import annotations

import os

collect_ignore_glob = [] if os.environ.get("READERS") else ["test_*.py"]
