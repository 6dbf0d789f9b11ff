"""Sends the mails of the outbox, each at least once, until none is due or the run is over."""

import smtplib
from dataclasses import dataclass
from uuid import UUID

from functions.jobs.attachments import NotDrawn, invoice_of
from functions.jobs.runs import Run
from lib import db, logs, secrets
from lib.config import SecretMissing
from lib.mail import outbox, smtp
from lib.mail.rendering import message_of
from lib.outcomes import Outcome

log = logs.get(__name__)

# A server that hangs up so often in a row does so for every mail. None of them is tried again before its time.
MOST_BROKEN_IN_A_ROW = 3
WAITED_MINUTES = 15


@dataclass(frozen=True, kw_only=True)
class _Counts:
    left: int
    waiting: int


def send_mails() -> dict[str, object]:
    """Send what is due. Without SMTP_URL, or while the server does not let us in, nothing is tried and no attempt counts."""
    run = Run()
    buried = outbox.bury()
    try:
        url = secrets.newest(secrets.SMTP_URL)
    except SecretMissing:
        log.info("no mail is sent: there is no SMTP_URL", buried=len(buried))
        run.outcomes["no_smtp_url"] += 1
        return run.summary(_counts().left)
    for mail_id in buried:
        log.error("a mail is dead", mail=str(mail_id), reason="no attempt came to an end")
    try:
        _send_due(run, url)
    except OSError as error:
        log.error("the mail server does not let us in", cause=repr(error))  # noqa: TRY400 - its stack says nothing more
        run.outcomes["no_server"] += 1
    counts = _counts()
    log.info("mails stand", waiting=counts.waiting)
    return run.summary(counts.left)


def _send_due(run: Run, url: str) -> None:
    """Send until nothing is due, over a new connection where the one before broke. Raises OSError without a connection."""
    broken_in_a_row = 0
    while broken_in_a_row < MOST_BROKEN_IN_A_ROW and not run.is_over() and _is_any_due():
        with smtp.connected(url) as server:
            connection = _Connection(server)
            while not connection.is_broken and not run.is_over() and (mail_id := outbox.claim()):
                run.process_each([mail_id], connection.deliver)
        if not connection.is_broken:
            return
        broken_in_a_row = broken_in_a_row + 1 if connection.sent == 0 else 0


class _Connection:
    """A connection to the server, until it breaks. `sent`: how many mails it has taken."""

    def __init__(self, server: smtplib.SMTP) -> None:
        self._server = server
        self.is_broken = False
        self.sent = 0

    def deliver(self, mail_id: UUID) -> Outcome:
        """Send a claimed mail, put it off, or drop it if nobody is to get it."""
        try:
            mail = outbox.read_claimed(mail_id)
            if mail is None or mail.language is None:
                outbox.drop(mail_id)
                return Outcome("ignored", "nobody is to get it")
            smtp.send(self._server, message_of(mail, mail.language, invoice_of(mail)))
        except NotDrawn as error:
            return _put_off(mail_id, str(error))
        except smtp.MailRefused as refused:
            return _put_off(mail_id, str(refused), is_final=refused.is_final)
        except OSError as error:
            self.is_broken = True
            return _put_off(mail_id, repr(error))
        except Exception as error:
            _put_off(mail_id, repr(error))
            raise
        outbox.mark_sent(mail_id)
        self.sent += 1
        return Outcome("processed", "sent")


def _put_off(mail_id: UUID, error: str, *, is_final: bool = False) -> Outcome:
    if outbox.put_off(mail_id, error, is_final=is_final):
        log.error("a mail is dead", mail=str(mail_id), reason=error)
    return Outcome("deferred", error)


def _is_any_due() -> bool:
    return db.read.exists("select from mails where status = 'PENDING' and due_at <= now() limit 1")


def _counts() -> _Counts:
    """How many mails are due, and how many have waited for long."""
    return db.read.one(
        _Counts,
        """
        select (select count(*) from mails where status = 'PENDING' and due_at <= now()) as left,
               (select count(*) from mails where status = 'PENDING'
                and created_at < now() - make_interval(mins => :minutes::integer)) as waiting
        """,
        minutes=WAITED_MINUTES,
    )
