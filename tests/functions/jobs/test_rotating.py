"""The key of access tokens, made anew by the clock."""

from tests.support.clients import Client, System


def test_a_key_that_is_set_by_hand_is_not_rotated_and_the_answer_says_where_it_is(system: System) -> None:
    reply = Client(system.base_url).post("/jobs/rotate-jwt-key", {})
    assert (reply.status, reply.json["code"]) == (409, "conflict")
    assert "JWT_SECRET_KEY" in reply.json["detail"]
