"""People who lost their password, and the mails that they get."""

import json
import secrets as randomness
from typing import Any

from functions.jobs import mails
from tests.functions.auth.accounts import PASSWORD, Account, AuthApp
from tests.support.asgi import AsgiClient
from tests.support.clients import Reply
from tests.support.smtp import Mailbox, code_in

NEW_PASSWORD = "Quite-Other-987"


class RecoveringApp:
    """An app that asks for codes and uses them, beside the auth function that registers and logs in."""

    def __init__(self, people: AsgiClient, auth: AuthApp, mailbox: Mailbox) -> None:
        self._people = people
        self.auth = auth
        self.mailbox = mailbox

    def post(self, name: str, body: object, **options: Any) -> Reply:
        """A POST to a route of the people function; `address`, `cookie` go into headers."""
        headers = {"X-Client-Address": options.get("address", self.auth.address)}
        if "cookie" in options:
            headers["Cookie"] = options["cookie"]
        response = self._people.open(
            f"/api/auth/{name}",
            method="POST",
            data=json.dumps(body).encode(),
            headers=headers,
            content_type="application/json",
        )
        assert response.status_code != 500, response.text
        return Reply(response.status_code, response.headers, response.data)

    def forget(self, email: str, **options: Any) -> Reply:
        return self.post("forgot-password", {"email": email}, **options)

    def reset(self, email: str, code: str, password: str = NEW_PASSWORD, **options: Any) -> Reply:
        return self.post("reset-password", {"email": email, "code": code, "new_password": password}, **options)

    def verify(self, email: str, code: str, **options: Any) -> Reply:
        return self.post("verify-email", {"email": email, "code": code}, **options)

    def codes(self, email: str, subject: str) -> list[str]:
        """The codes that were mailed to an address under this subject, once the job has run."""
        mails.send_mails()
        return [code_in(message) for message in self.mailbox.to(email) if message["Subject"].startswith(subject)]

    def reset_code(self, email: str) -> str:
        """The newest code for a new password."""
        return self.codes(email, "رمز كلمة المرور")[-1]

    def proof_code(self, email: str) -> str:
        """The newest code that proves the address."""
        return self.codes(email, "تأكيد بريدك")[-1]

    def can_log_in(self, account: Account, password: str = PASSWORD) -> bool:
        return self.auth.log_in(account, password).status == 200


def another(code: str) -> str:
    """A code that is not this one."""
    return next(wrong for wrong in iter(lambda: f"{randomness.randbelow(10**6):06}", "") if wrong != code)
