import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from badges.catalogue.images import BadgeImageField


def test_no_upload_is_no_image():
    assert BadgeImageField(required=False).clean(None) is None


def test_an_empty_upload_is_refused():
    with pytest.raises(ValidationError, match="empty"):
        BadgeImageField(required=False).clean(SimpleUploadedFile("badge.png", b""))


def test_the_file_dialog_offers_what_is_taken():
    assert BadgeImageField().widget.attrs["accept"] == "image/png,image/jpeg,image/webp,image/svg+xml"
