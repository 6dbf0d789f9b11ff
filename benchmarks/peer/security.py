"""The peer's tokens, passwords and callers."""

import hashlib
import os
import secrets
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

import bcrypt
import jwt
from fastapi import Depends, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from benchmarks.peer.database import Database
from benchmarks.peer.tables import Session, User

BCRYPT_COST = 10  # OWASP's least
LIFETIME = timedelta(days=1)
_KEY = os.environ.get("JWT_SECRET_KEY", "")
_bearer = HTTPBearer()


def hashed(password: str) -> str:
    """The hash to store."""
    return str(bcrypt.hashpw(password.encode(), bcrypt.gensalt(BCRYPT_COST)), "ascii")


def verify(password: str, password_hash: str) -> bool:
    """Whether this is the password of the hash."""
    return bool(bcrypt.checkpw(password.encode(), password_hash.encode()))


def access_token(user_id: UUID) -> str:
    """A new access token."""
    now = datetime.now(UTC)
    return jwt.encode({"sub": str(user_id), "iat": now, "exp": now + LIFETIME}, _KEY, algorithm="HS256")


def open_session(database: Database, user: User) -> str:
    """The refresh token of a new session."""
    token = secrets.token_urlsafe(32)
    database.add(Session(user_id=user.id, token_hash=hashlib.sha256(token.encode()).digest()))
    return token


def caller(database: Database, credentials: Annotated[HTTPAuthorizationCredentials, Depends(_bearer)]) -> User:
    """The user of the request's token."""
    try:
        user_id = UUID(jwt.decode(credentials.credentials, _KEY, algorithms=["HS256"])["sub"])
    except (jwt.InvalidTokenError, ValueError):
        raise HTTPException(401, "This token is not valid") from None
    user = database.get(User, user_id)
    if user is None or not user.is_active:
        raise HTTPException(401, "This token is not valid")
    return user


def staff(user: Annotated[User, Depends(caller)]) -> User:
    """The caller, who must not be a customer."""
    if user.role == "CUSTOMER":
        raise HTTPException(403, "Only staff may do this")
    return user


Caller = Annotated[User, Depends(caller)]
Staff = Annotated[User, Depends(staff)]
