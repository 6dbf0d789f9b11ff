"""The peer's pool and its sessions."""

import os
from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends
from sqlalchemy import create_engine
from sqlalchemy.orm import Session, sessionmaker

POOL_SIZE = 20

engine = create_engine(os.environ["PEER_DATABASE_URL"], pool_size=POOL_SIZE, max_overflow=0)
_sessions = sessionmaker(engine, expire_on_commit=False)


def _session() -> Iterator[Session]:
    with _sessions() as session:
        yield session


Database = Annotated[Session, Depends(_session)]
