"""A service account for google.auth: a key file, and a server that gives tokens for its assertions."""

import contextlib
import itertools
import json
from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa

from tests.support.cloud.certificates import pem_of
from tests.support.cloud.http import Answer, serving

PROJECT = "altayarvip-check"


@contextlib.contextmanager
def token_server() -> Iterator[str]:
    """The address of a server that answers every request with a token."""
    numbers = itertools.count(1)

    def token(_method: str, _path: str, _headers: dict[str, str], _body: bytes) -> Answer:
        return 200, {"access_token": f"token-{next(numbers)}", "expires_in": 3600, "token_type": "Bearer"}

    with serving(token) as address:
        yield f"{address}/token"


def write_key_file(file: Path, token_uri: str, email: str) -> Path:
    """Write an account's key file, for GOOGLE_APPLICATION_CREDENTIALS."""
    account = {
        "type": "service_account",
        "project_id": PROJECT,
        "private_key_id": "test",
        "private_key": pem_of(rsa.generate_private_key(65537, 2048)),
        "client_email": email,
        "client_id": "1",
        "token_uri": token_uri,
    }
    file.write_text(json.dumps(account))
    return file


@contextlib.contextmanager
def service_account(folder: Path) -> Iterator[Path]:
    """The key file of one function's account."""
    with token_server() as token_uri:
        email = f"altayarvip-auth@{PROJECT}.iam.gserviceaccount.com"
        yield write_key_file(folder / "service-account.json", token_uri, email)
