"""Loads one function into this process, as functions-framework builds it."""

from local.gateway import load_function
from tests.support.asgi import AsgiClient


def client_of(name: str) -> AsgiClient:
    """A client of one function. It needs no port."""
    return AsgiClient(load_function(name))
