"""The peer answers with the fields of ours: `make bench` compares them, and tells of a difference only once it is run."""

import pytest
from pydantic import BaseModel

from benchmarks.peer import schemas as peer
from functions.auth import schemas as auth
from functions.orders import schemas as orders
from lib.payments.schemas import PayAnswer


@pytest.mark.parametrize(
    ("ours", "peers"),
    [
        (orders.Order, peer.Order),
        (orders.OrderItem, peer.OrderItem),
        (orders.OrderUser, peer.OrderUser),
        (PayAnswer, peer.OpenedPayment),
        (auth.LoginAnswer, peer.LoggedIn),
        (auth.Profile, peer.Profile),
    ],
)
def test_the_peer_has_the_fields_of_ours(ours: type[BaseModel], peers: type[BaseModel]) -> None:
    assert set(peers.model_fields) == set(ours.model_fields)
