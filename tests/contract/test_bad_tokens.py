"""Access tokens that are forged, expired, or another's: each a clear 401."""

import base64
import json
import secrets as randomness
import time
import uuid

import jwt

from lib.security.keys import key_id, signing_key
from tests.support.clients import Client, System
from tests.support.people import Person


def _forged(person: Person) -> dict[str, str]:
    """Tokens that name a real person and session and yet do not hold."""
    claims = jwt.decode(str(person.client.token), options={"verify_signature": False})
    kid = {"kid": key_id(signing_key())}
    other = randomness.token_hex(32)

    def signed(key: str = signing_key(), headers: dict[str, str] = kid, **changed: object) -> str:
        return jwt.encode({**claims, **changed}, key, "HS256", headers=headers)

    head = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "JWT", **kid}).encode()).decode().rstrip("=")
    return {
        "alg none": f"{head}.{str(person.client.token).split('.')[1]}.",
        "no key id": signed(headers={}),
        "unknown key id": signed(headers={"kid": "0" * 12}),
        "another key": signed(other),
        "another key under its own id": signed(other, {"kid": key_id(other)}),
        "expired": signed(exp=int(time.time()) - 5),
        "another audience": signed(aud="other-app"),
        "another issuer": signed(iss="https://evil.example"),
        "no session": jwt.encode({k: v for k, v in claims.items() if k != "sid"}, signing_key(), "HS256", headers=kid),
        "another session": signed(sid=str(uuid.uuid4())),
        "another user": signed(sub=str(uuid.uuid4())),
        "no id": signed(sub="1"),
        "numbers": signed(sub="5", sid="6"),
        "issued tomorrow": signed(iat=int(time.time()) + 86400, nbf=int(time.time()) + 86400),
        "cut": str(person.client.token)[:-4],
        "empty parts": "..",
        "no token": "x",
    }


def test_a_token_that_is_forged_or_expired_is_401(employee: Person, system: System) -> None:
    assert Client(system.base_url, employee.client.token).get("/api/auth/me").status == 200
    for kind, token in _forged(employee).items():
        reply = Client(system.base_url, token).get("/api/orders")
        assert (kind, reply.status, reply.json["code"]) == (kind, 401, "invalid_token")
        assert reply.headers["WWW-Authenticate"] == "Bearer"


def test_a_session_that_never_was_or_another_s_is_401(employee: Person, customer: Person, system: System) -> None:
    mine = jwt.decode(str(employee.client.token), options={"verify_signature": False})
    theirs = jwt.decode(str(customer.client.token), options={"verify_signature": False})
    mixed = jwt.encode({**theirs, "sid": mine["sid"]}, signing_key(), "HS256", headers={"kid": key_id(signing_key())})

    assert employee.client.get("/api/orders").status == 200
    assert Client(system.base_url, mixed).get("/api/orders").status == 401
