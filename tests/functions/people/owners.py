"""People who have a password, and staff with a second factor."""

import time

import pyotp

from lib.security import passwords
from lib.security.second_factors import STEP_SECONDS
from tests.support.clients import Client, Reply
from tests.support.money import Desk
from tests.support.people import Person, make_person

PASSWORD = "Long-Way-2026"
HASH = passwords.hashed(PASSWORD)
PATH = "/api/auth/me/second-factor"


class Owner:
    """Somebody who knows their password, and an authenticator app of theirs."""

    def __init__(self, desk: Desk, role: str = "EMPLOYEE", person: Person | None = None) -> None:
        self.person = person or make_person(desk.system, role)
        self.id, self.email, self.client = self.person.id, self.person.email, self.person.client
        self.secret = ""
        self.recovery_codes: list[str] = []
        self._anyone = Client(desk.system.base_url)
        desk.run("update users set password_hash = :hash where id = :id", hash=HASH, id=self.id)

    def code(self, steps: int = 0) -> str:
        """The code that the app shows, or so many steps of time later."""
        return str(pyotp.TOTP(self.secret).at(time.time() + steps * STEP_SECONDS))

    def begin(self, **given: object) -> Reply:
        reply = self.client.post(PATH, {"password": PASSWORD, **given})
        if reply.status == 200:
            self.secret = reply.json["secret"]
        return reply

    def confirm(self, otp: str) -> Reply:
        return self.client.post(f"{PATH}/confirm", {"otp": otp})

    def protect(self) -> "Owner":
        """Set up the second factor. The app's code of now is still to be used."""
        assert self.begin().status == 200
        reply = self.confirm(self.code(-1))
        assert reply.status == 200, reply.text
        self.recovery_codes = reply.json["recovery_codes"]
        return self

    def log_in(self, password: str = PASSWORD, **given: object) -> Reply:
        return self._anyone.post("/api/auth/login", {"email": self.email, "password": password, **given})

    def close(self, **given: object) -> Reply:
        return self.client.call("DELETE", "/api/auth/me", {"password": PASSWORD, **given})
