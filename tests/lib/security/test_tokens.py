import base64
import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from lib.errors import InvalidToken
from lib.security import keys, tokens
from lib.security.tokens import AUDIENCE, ISSUER, Claims

CLAIMS = Claims(uuid.uuid4(), uuid.uuid4())


pytestmark = pytest.mark.usefixtures("secrets_dir", "signing_key")


@pytest.fixture
def signing_key() -> str:
    keys.rotate()
    return keys.signing_key()


def _payload(**changes: Any) -> dict[str, Any]:
    now = datetime.now(UTC)
    payload = {
        "iss": ISSUER, "aud": AUDIENCE, "sub": str(CLAIMS.user_id), "sid": str(CLAIMS.session_id),
        "iat": now, "exp": now + timedelta(hours=1), **changes,
    }  # fmt: skip
    return {name: value for name, value in payload.items() if value is not None}


def _signed(key: str, headers: dict[str, Any] | None = None, **changes: Any) -> str:
    return jwt.encode(_payload(**changes), key, "HS256", headers={"kid": keys.key_id(key), **(headers or {})})


def test_a_token_names_its_user_and_session() -> None:
    assert tokens.read(tokens.issue(CLAIMS)) == CLAIMS


def test_a_token_of_the_shape_used_below_holds(signing_key: str) -> None:
    assert tokens.read(_signed(signing_key)) == CLAIMS


def test_a_token_lives_as_long_as_it_says() -> None:
    payload = jwt.decode(tokens.issue(CLAIMS), options={"verify_signature": False})
    assert payload["exp"] - payload["iat"] == tokens.lifetime_seconds() == 1440 * 60


def test_a_token_says_nothing_of_the_person() -> None:
    payload = jwt.decode(tokens.issue(CLAIMS), options={"verify_signature": False})
    assert set(payload) == {"iss", "aud", "sub", "sid", "iat", "exp"}


_PAST = datetime.now(UTC) - timedelta(seconds=1)


def test_an_expired_token_says_so(signing_key: str) -> None:
    with pytest.raises(InvalidToken, match="expired"):
        tokens.read(_signed(signing_key, exp=_PAST, iat=_PAST - timedelta(days=1)))


_NO_IDS: list[object] = ["", "7", 7, ["x"], {}]
_WRONG_CLAIMS: list[dict[str, Any]] = [
    *({name: None} for name in ("iss", "aud", "sub", "sid", "iat", "exp")),
    *({"sub": bad} for bad in _NO_IDS),
    *({"sid": bad} for bad in _NO_IDS),
    {"iss": "https://elsewhere.example"},
    {"aud": "another-app"},
    {"exp": "soon"},
    {"nbf": datetime.now(UTC) + timedelta(days=1)},
]


@pytest.mark.parametrize("changes", _WRONG_CLAIMS)
def test_a_claim_that_lacks_or_does_not_fit_is_refused(signing_key: str, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidToken):
        tokens.read(_signed_unchecked(signing_key, changes))


def _signed_unchecked(key: str, changes: dict[str, Any]) -> str:
    # The library checks the types of registered claims when it encodes a token, but a forger does not.
    payload = {
        name: int(value.timestamp()) if isinstance(value, datetime) else value for name, value in _payload(**changes).items()
    }
    header = {"kid": keys.key_id(key)}
    return jwt.api_jws.encode(json.dumps(payload).encode(), key, "HS256", headers=header)


@pytest.mark.parametrize("kid", [None, 7, "", "unknown", "مفتاح", "../../1", ["x"]])
def test_a_key_id_that_is_not_ours_is_refused(signing_key: str, kid: object) -> None:
    header = {"alg": "HS256", "typ": "JWT", "kid": kid}
    part = base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()
    _, payload, signature = _signed(signing_key).split(".")
    with pytest.raises(InvalidToken):
        tokens.read(f"{part}.{payload}.{signature}")


def test_another_key_under_our_key_id_is_refused(signing_key: str) -> None:
    with pytest.raises(InvalidToken):
        tokens.read(_signed("f" * 64, {"kid": keys.key_id(signing_key)}))


def test_a_token_without_a_signature_is_refused(signing_key: str) -> None:
    unsigned = jwt.encode(_payload(), "", "none", headers={"kid": keys.key_id(signing_key)})
    with pytest.raises(InvalidToken):
        tokens.read(unsigned)
    with pytest.raises(InvalidToken):
        tokens.read(_signed(signing_key).rpartition(".")[0] + ".")


def test_another_algorithm_of_the_same_key_is_refused(signing_key: str) -> None:
    token = jwt.encode(_payload(), signing_key, "HS384", headers={"kid": keys.key_id(signing_key)})
    with pytest.raises(InvalidToken):
        tokens.read(token)


def test_an_edited_payload_is_refused(signing_key: str) -> None:
    header, _, signature = _signed(signing_key).split(".")
    _, payload, _ = _signed(signing_key, sub=str(uuid.uuid4())).split(".")
    with pytest.raises(InvalidToken):
        tokens.read(f"{header}.{payload}.{signature}")


@pytest.mark.parametrize(
    "token", ["", ".", "..", "a.b.c", "x" * 10_000, "توكن", "\x00", "\ud800", "e30.e30.e30", "bnVsbA.e30.x"]
)
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(InvalidToken):
        tokens.read(token)
