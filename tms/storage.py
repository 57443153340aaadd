"""Uploaded pictures in a bucket, at the addresses they have everywhere: pages and credentials name no bucket."""

from typing import Any

from django.conf import settings
from django.utils.encoding import filepath_to_uri
from storages.backends.s3 import S3Storage


class Bucket(S3Storage):  # type: ignore[misc]  # the package has no types
    """A bucket that may be private: whoever wants a picture asks the product for it."""

    def url(self, name: str, *_arguments: Any, **_options: Any) -> str:
        """Below MEDIA_URL, as if it lay on this machine."""
        return f"{settings.MEDIA_URL}{filepath_to_uri(name)}"
