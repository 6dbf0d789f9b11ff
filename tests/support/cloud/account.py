"""A service account that google.auth takes for one: a key file, and the server that trades its assertions for tokens."""

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
def service_account(folder: Path) -> Iterator[Path]:
    """The file for GOOGLE_APPLICATION_CREDENTIALS."""
    numbers = itertools.count(1)

    def token(_method: str, _path: str, _headers: dict[str, str], _body: bytes) -> Answer:
        return 200, {"access_token": f"token-{next(numbers)}", "expires_in": 3600, "token_type": "Bearer"}

    with serving(token) as address:
        file = folder / "service-account.json"
        file.write_text(
            json.dumps(
                {
                    "type": "service_account",
                    "project_id": PROJECT,
                    "private_key_id": "test",
                    "private_key": pem_of(rsa.generate_private_key(65537, 2048)),
                    "client_email": f"altayarvip-auth@{PROJECT}.iam.gserviceaccount.com",
                    "client_id": "1",
                    "token_uri": f"{address}/token",
                }
            )
        )
        yield file
