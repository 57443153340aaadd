"""What can be known of a bucket without one: that the environment names it, and that pages do not."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from badges.catalogue.derived import keep
from tests.running import ROOT
from tms.storage import Bucket

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


@pytest.fixture
def bucket() -> Iterator[tuple[Bucket, list[str]]]:
    """A bucket, and what it was asked to store. It holds whatever it is asked for."""
    stored: list[str] = []

    class Answering(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response(200)
            self.end_headers()

        def do_PUT(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            stored.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        threading.Thread(target=server.serve_forever).start()
        address = f"http://127.0.0.1:{server.server_port}"
        keys = {"access_key": "a", "secret_key": "b", "region_name": "eu-central-1"}
        storage = Bucket(bucket_name="laurel", endpoint_url=address, file_overwrite=False, default_acl=None, **keys)
        yield storage, stored
        storage.connection.meta.client.close()
        server.shutdown()


def test_what_is_made_of_a_picture_is_one_file_of_a_bucket_however_often_it_is_made(bucket):
    storage, stored = bucket

    for _ in range(2):
        keep(storage, "badges/ring-png-56.webp", b"small")

    assert stored == ["/laurel/badges/ring-png-56.webp"] * 2
