"""Loads one function into this process, as functions-framework builds it."""

from typing import TYPE_CHECKING, cast

from local.gateway import load_function

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient


def client_of(name: str) -> "FlaskClient":
    """A test client of one function. It needs no port."""
    return cast("Flask", load_function(name)).test_client()
