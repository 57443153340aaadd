"""An organization's account at a provider: how it is set up, whether it can be worked with, and its secrets."""
