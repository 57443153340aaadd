"""Which browser tests and pictures are made with."""

import os
import shutil

# The shell without windows is the quickest.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), "")
SANDBOX = ["--no-sandbox"] if os.geteuid() == 0 else []
