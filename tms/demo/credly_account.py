"""The account that the demo has at the stand-in for Credly; both sides know it from here. Holds no models."""

import uuid
from dataclasses import dataclass

ORGANIZATION = "5d0f8c4e-3a5b-4f0e-9f4e-7c2b1d9a6e31"
TOKEN = "demo-token-of-the-stand-in"  # noqa: S105 - of a process on this machine that issues nothing real
PUBLIC_ID = uuid.UUID("0c7a4c1e-51f0-4a57-8d55-6f1b0f6c2a90")
WEBHOOK_SECRET = "demo-webhook-of-the-stand-in"  # noqa: S105 - who knows it can have the stand-in asked, no more
WEBHOOK_PATH = f"/webhooks/{PUBLIC_ID}/{WEBHOOK_SECRET}/"


@dataclass(frozen=True)
class Template:
    """A badge template there, for the demo's badge of this key."""

    key: str
    name: str
    description: str
    id: str


TEMPLATES = (
    Template("operator", "Platform Operator", "Runs a platform that others build on.",
             "a3c0b0de-8d2a-4e0c-b8c5-0a8f6b6f2f01"),
    Template("analyst", "Threat Analyst", "Reads attacks before they happen. The stand-in refuses it to everybody.",
             "a3c0b0de-8d2a-4e0c-b8c5-0a8f6b6f2f02"),
    Template("architect", "Network Architect", "Draws networks that last. The stand-in fails at each first call.",
             "a3c0b0de-8d2a-4e0c-b8c5-0a8f6b6f2f03"),
)  # fmt: skip

# No badge of the demo is made of these: they are there to be imported.
OTHERS = (
    Template("observer", "Observability Engineer", "Knows what a system does, and why.",
             "a3c0b0de-8d2a-4e0c-b8c5-0a8f6b6f2f04"),
    Template("captain", "Release Captain", "Brings a release home without a night shift.",
             "a3c0b0de-8d2a-4e0c-b8c5-0a8f6b6f2f05"),
    Template("advocate", "Accessibility Advocate", "Builds for everybody.",
             "a3c0b0de-8d2a-4e0c-b8c5-0a8f6b6f2f06"),
)  # fmt: skip
