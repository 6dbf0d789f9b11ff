"""The mailbox as a Flask application: a list of the newest mails, each mail, and both as JSON for scripts."""

from dataclasses import dataclass
from email.message import EmailMessage
from uuid import UUID

from flask import Flask, Response, abort, jsonify, render_template, request

from lib import db
from lib.mail.outbox import QueuedMail, read_claimed
from lib.mail.rendering import message_of

NEWEST = 100


@dataclass(frozen=True, kw_only=True)
class _Queued:
    id: UUID
    status: str
    queued_at: str


@dataclass(frozen=True, kw_only=True)
class ShownMail:
    """A mail as the mailbox shows it. `status` is that of the outbox: without SMTP_URL it stays PENDING."""

    id: UUID
    kind: str
    status: str
    queued_at: str
    to: str
    subject: str
    text: str
    page: str


def create_mailbox() -> Flask:
    """Give the application, which reads the database that `lib` uses."""
    app = Flask(__name__, static_folder=None)
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # the default provider has it; its base class hides it

    @app.get("/")
    def show_list() -> str:
        return render_template("list.html", mails=newest_mails(), asked=request.args.get("to", ""))

    @app.get("/mails.json")
    def list_as_json() -> Response:
        wanted = request.args.get("to", "").lower()
        return jsonify([mail for mail in newest_mails() if wanted in ("", mail.to.lower())])

    @app.get("/<uuid:mail_id>")
    def show_mail(mail_id: UUID) -> str:
        return next((mail.page for mail in newest_mails() if mail.id == mail_id), None) or abort(404)

    return app


def newest_mails() -> list[ShownMail]:
    """The newest mails, the newest first. One to an address of nobody, or whose code holds no more, is nobody's to read."""
    queued = db.read.all(
        _Queued,
        """
        select id, status, to_char(created_at at time zone 'Africa/Cairo', 'YYYY-MM-DD HH24:MI:SS') as queued_at
        from mails order by created_at desc, id desc limit :most::integer
        """,
        most=NEWEST,
    )
    return [_shown(one, mail) for one in queued if (mail := read_claimed(one.id)) and mail.language]


def _shown(queued: _Queued, mail: QueuedMail) -> ShownMail:
    message = message_of(mail, mail.language or "en")
    return ShownMail(
        id=queued.id,
        kind=mail.kind,
        status=queued.status,
        queued_at=queued.queued_at,
        to=str(message["To"]),
        subject=str(message["Subject"]),
        text=_part(message, "plain"),
        page=_part(message, "html"),
    )


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return str(part.get_content()).replace("\r\n", "\n") if part else ""
