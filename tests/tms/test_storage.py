"""What can be known of a bucket without one: that the environment names it, and that pages do not."""

import json
import os
import subprocess
import sys

from tests.running import ROOT

CODE = (
    "import json; from django.core.files.storage import default_storage as s; s._setup(); b = s._wrapped;"
    "print(json.dumps([type(b).__name__, getattr(b, 'bucket_name', None), getattr(b, 'endpoint_url', None),"
    "getattr(b, 'default_acl', None), getattr(b, 'file_overwrite', None), s.url('badges/a b.png')]))"
)


def storage_with(**variables: str) -> list[object]:
    environment = dict(os.environ) | {"DJANGO_SETTINGS_MODULE": "tms.settings"} | variables
    command = [sys.executable, "-W", "ignore", "manage.py", "shell", "--no-imports", "--command", CODE]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    found: list[object] = json.loads(done.stdout)
    return found


def test_pictures_lie_on_this_machine_unless_a_bucket_is_named():
    assert storage_with(S3_BUCKET="") == ["FileSystemStorage", None, None, None, None, "/media/badges/a%20b.png"]


def test_pictures_in_a_bucket_have_the_addresses_they_have_everywhere():
    keys = {"S3_ACCESS_KEY_ID": "a", "S3_SECRET_ACCESS_KEY": "b", "S3_ENDPOINT_URL": "http://127.0.0.1:1"}

    assert storage_with(S3_BUCKET="laurel", **keys) == [
        "Bucket",
        "laurel",
        "http://127.0.0.1:1",
        None,
        False,
        "/media/badges/a%20b.png",
    ]
