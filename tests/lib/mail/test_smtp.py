"""Which addresses of a server are taken."""

import pytest

from lib.config import ConfigurationError, config
from lib.mail import smtp


@pytest.mark.parametrize("url", ["mail.example.com", "http://mail.example.com", "smtps://", "smtp:mail", ""])
def test_what_is_no_address_of_a_mail_server_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="SMTP_URL"), smtp.connected(url):
        pass


def test_no_password_leaves_the_cloud_without_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "config", lambda: config().model_copy(update={"environment": "production"}))
    with pytest.raises(ConfigurationError, match="without TLS") as refused, smtp.connected("smtp://me:secret@localhost:1"):
        pass
    assert "secret" not in str(refused.value)
