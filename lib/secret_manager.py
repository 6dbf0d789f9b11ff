"""Google's Secret Manager: reads the newest versions of a secret and adds versions. Imported only in the cloud."""

import contextlib
import functools
import itertools
from collections.abc import Iterator
from datetime import UTC, datetime

from google.api_core.exceptions import (
    DeadlineExceeded,
    FailedPrecondition,
    Forbidden,
    GoogleAPICallError,
    NotFound,
    ResourceExhausted,
    RetryError,
    ServiceUnavailable,
)
from google.api_core.retry import Retry, if_exception_type
from google.auth.exceptions import GoogleAuthError
from google.cloud.secretmanager import SecretManagerServiceClient, SecretVersion

from lib.config import ConfigurationError
from lib.errors import Unavailable

_ATTEMPT_SECONDS = 3.0
# A request waits no longer than this, and only if the instance has no earlier value to use.
_RETRY = Retry(
    if_exception_type(ServiceUnavailable, ResourceExhausted, DeadlineExceeded), initial=0.1, maximum=1.0, timeout=5.0
)


@functools.cache
def _client() -> SecretManagerServiceClient:
    return SecretManagerServiceClient()


@contextlib.contextmanager
def _our_errors(missing_right: str) -> Iterator[None]:
    """Turn Google's errors into ours. `missing_right` is the message for a refusal."""
    try:
        yield
    except Forbidden as error:
        raise ConfigurationError(missing_right) from error
    except (GoogleAPICallError, GoogleAuthError, RetryError) as error:
        raise Unavailable("The secrets can't be reached right now, try again") from error


def read_versions(project: str, name: str, most: int) -> list[str]:
    """The newest enabled versions of a secret, at most `most`, without the white space around them.

    Raises ConfigurationError where this account may not read them, Unavailable where Secret Manager does not answer.
    """
    with _our_errors(f"This account may not read {name}: it needs roles/secretmanager.secretAccessor and .viewer on it"):
        values = [_read(version.name) for version in _newest(project, name, most)]
        return [value for value in values if value]


def newest_made_at(project: str, name: str) -> datetime | None:
    """When the newest enabled version was made; None where there is none. Raises what `read_versions` raises."""
    with _our_errors(f"This account may not list {name}: it needs roles/secretmanager.viewer on it"):
        versions = _newest(project, name, 1)
        return versions[0].create_time.astimezone(UTC) if versions else None


def add_version(project: str, name: str, value: str) -> None:
    """Write a new version. Raises ConfigurationError where this account may not, Unavailable without an answer."""
    with _our_errors(f"This account may not write {name}: it needs roles/secretmanager.secretVersionAdder on it"):
        _client().add_secret_version(
            request={"parent": _path(project, name), "payload": {"data": value.encode()}}, timeout=_ATTEMPT_SECONDS
        )


def _path(project: str, name: str) -> str:
    return f"projects/{project}/secrets/{name}"


def _newest(project: str, name: str, most: int) -> list[SecretVersion]:
    """The newest enabled versions, newest first. An empty list where there is no such secret."""
    try:
        listed = _client().list_secret_versions(
            request={"parent": _path(project, name), "filter": "state:ENABLED", "page_size": most},
            retry=_RETRY,
            timeout=_ATTEMPT_SECONDS,
        )
    except NotFound:
        return []
    return list(itertools.islice(listed, most))


def _read(version: str) -> str:
    try:
        response = _client().access_secret_version(request={"name": version}, retry=_RETRY, timeout=_ATTEMPT_SECONDS)
    except FailedPrecondition:  # disabled or destroyed since it was listed
        return ""
    return response.payload.data.decode().strip()
