"""What each function may do in the database. `privileges.py` grants it, and what stands here is all that it grants.

A privilege goes one release after the last code that used it: the release before runs on while this one comes.
"""

from collections.abc import Mapping

Privileges = Mapping[str, str]
"""By table or view, in SQL's words: `insert, update (first_name)`."""

# A lock on a row needs the right to change some column of it. Where nothing changes it, this one means nothing.
_LOCK = "update (created_at)"

_ANSWERS: Privileges = {"audit_log": "insert", "idempotency_keys": "insert, update, delete"}

# Settling, spending what is held, earning, confirming a booking: whoever does one of them comes to the others.
_SETTLING: Privileges = {
    "bookings": "update",
    "booking_history": "insert",
    "cashback_records": "insert, update",
    "earning_terms": "insert",
    "holds": "insert, update",
    "mails": "insert",
    "orders": "update",
    "payments": "update",
    "pending_points": "insert, update",
    "wallets": _LOCK,
}
_PAYING: Privileges = {**_SETTLING, "invoices": "insert", "payments": "insert, update"}
_REFUNDING: Privileges = {
    "credit_notes": "insert",
    "gateway_refund_requests": "insert, update",
    "refund_parts": "insert, update",
    "refunds": "insert, update",
}

_WEBHOOKS: Privileges = {
    "webhook_events": "insert",
    "webhook_outcomes": "insert",
    "webhook_retries": "insert, update, delete",
}

_PICTURES: Privileges = {"pictures": "insert, update (user_id, remove_at)"}

_CODES: Privileges = {"account_codes": "insert, update, delete", "mails": "insert"}

# Taking a code.
_SECOND_FACTORS: Privileges = {"recovery_codes": "delete", "second_factors": "update (last_step)"}

_OWN = (
    *("first_name", "last_name", "language", "phone", "avatar", "updated_at"),
    *("password_hash", "password_logins_left", "last_login_at", "gender", "country", "is_unclaimed"),
)
# What staff change of an account, and whoever gets its mails. Nobody but these two functions changes one.
_OTHERS = (
    *("first_name", "last_name", "phone", "avatar", "gender", "country", "updated_at", "email", "email_verified"),
    *("role", "status", "is_active", "membership_id_display", "assigned_employee_id", "is_unclaimed"),
    # An account that is closed, or gets a new password.
    *("username", "password_hash", "password_logins_left", "referral_code", "deleted_at", "phone_verified"),
)
# What a registration over one that nobody has claimed replaces beyond these.
_REGISTERED = ("username", "referral_code")

WRITES: Mapping[str, Privileges] = {
    "auth": {
        **_ANSWERS,
        **_CODES,
        **_SECOND_FACTORS,
        **_PICTURES,
        "login_attempts": "insert, update (at), delete",
        "refresh_tokens": "insert, update",
        "sessions": "insert, update",
        # Not `role`, `status` and `email`: no route of it changes those.
        "users": f"insert, update ({', '.join((*_OWN, *_REGISTERED))})",
    },
    "bookings": {
        **_ANSWERS,
        **_PAYING,
        **_REFUNDING,
        # A refund that is too large to go out with a cancellation.
        "approvals": "insert",
        "bookings": "insert, update, delete",
        "desk_movements": "insert",
        "orders": "insert, update, delete",
        "order_items": "insert, delete",
    },
    "invoices": {},
    "jobs": {
        **_SETTLING,
        **_REFUNDING,
        **_WEBHOOKS,
        "account_codes": "delete",
        "audit_log": "insert",
        "idempotency_keys": "delete",
        "ledger_verification": "update",
        "login_attempts": "delete",
        "figures": "update",
        "mails": "insert, update, delete",
        "pictures": "update (is_going), delete",
        "refresh_tokens": "delete",
        "revenue_days": "insert, update",
        "revenue_summed": "update",
        # Sealed anew before the key is rotated.
        "second_factors": "update (secret)",
        "sessions": "delete",
        # Views, of which the rows are locked.
        "stale_account_codes": "update (id)",
        "stale_idempotency_keys": "update (row_id)",
        "stale_login_attempts": "update (id)",
        "stale_mails": "update (id)",
        "stale_sessions": "update (id)",
    },
    "loyalty": {
        **_ANSWERS,
        **_PAYING,
        "approvals": "insert",
        "cashback_withdrawals": "insert, update",
        "desk_movements": "insert",
        "exchange_rates": "insert, update, delete",
    },
    "orders": {
        **_ANSWERS,
        **_PAYING,
        **_REFUNDING,
        "approvals": "insert, update",
        # An addition to a balance that was approved.
        "desk_movements": "insert",
        "orders": "insert, update, delete",
        "order_items": "insert, delete",
    },
    "payments_webhook": {
        **_ANSWERS,
        **_PAYING,
        **_REFUNDING,
        **_WEBHOOKS,
        "gateway_rates": "insert",
        # Sums on account.
        "orders": "insert, update",
        "order_items": "insert",
    },
    "people": {
        **_ANSWERS,
        **_CODES,
        **_PICTURES,
        "login_attempts": "insert, update (at), delete",
        "recovery_codes": "insert, delete",
        "second_factors": "insert, update, delete",
        "sessions": "update",
        "users": f"insert, update ({', '.join(_OTHERS)})",
        # Closing an account: what it still has lapses, and what says whose it was goes.
        "bookings": "update (guest_names, booking_details, customer_notes, internal_notes)",
        "cashback_records": "update",
        "desk_movements": "insert",
        "mails": "insert, delete",
        "pending_points": "update",
        "wallets": _LOCK,
    },
}

# Functions that read little. Their callers' sessions are among it.
READS: Mapping[str, Privileges] = {
    "auth": {
        "account_codes": "select",
        # Whether anything was made for an account that is registered anew.
        "bookings": "select (id, user_id, booking_number, title_ar, title_en, status)",
        "idempotency_keys": "select",
        "ledger_accounts": "select",
        "login_attempts": "select",
        "orders": "select (user_id)",
        "pictures": "select",
        "points_lots": "select",
        "recovery_codes": "select",
        "refresh_tokens": "select",
        "second_factors": "select",
        "sessions": "select",
        "users": "select",
    },
    "invoices": {
        "invoices": "select",
        "orders": "select",
        "second_factors": "select (user_id, confirmed_at)",
        "sessions": "select",
        "users": "select (id, role, is_active)",
    },
}
# The others read every table and view but these, which only those named read.
CONFIDENTIAL: Mapping[str, tuple[str, ...]] = {
    "account_codes": ("jobs", "people"),
    "audit_documents": ("people",),
    "audit_log": ("jobs", "people"),
    "idempotency_keys": ("bookings", "jobs", "loyalty", "orders", "payments_webhook", "people"),
    "login_attempts": ("jobs", "people"),
    "mails": ("jobs", "people"),
    "pictures": ("jobs", "people"),
    "recovery_codes": ("people",),
    "refresh_tokens": ("jobs",),
    "stale_account_codes": ("jobs",),
    "stale_idempotency_keys": ("jobs",),
    "stale_login_attempts": ("jobs",),
    "stale_mails": ("jobs",),
    "stale_sessions": ("jobs",),
    "webhook_events": ("jobs", "payments_webhook"),
    "webhook_outcomes": ("jobs", "payments_webhook"),
    "webhook_retries": ("jobs", "payments_webhook"),
}
# Columns of other tables, and who of them reads those.
CONFIDENTIAL_COLUMNS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "mails": {"dedup_key": ("jobs",), "last_error": ("jobs",), "parameters": ("jobs",)},
    "second_factors": {"last_step": ("jobs", "people"), "secret": ("jobs", "people")},
    # Who ends their second factor, or closes their account, is asked for their password.
    "users": {"password_hash": ("people",), "password_logins_left": ()},
}

# The functions in SQL that change something, and who calls them. All others of that kind nobody calls but the owner.
EXECUTES: Mapping[str, tuple[str, ...]] = {
    "post_transactions(uuid,jsonb)": ("bookings", "jobs", "loyalty", "orders", "payments_webhook", "people"),
    "post_transactions_of_many(jsonb)": ("jobs",),
    "take_number(text)": ("bookings", "jobs", "loyalty", "orders", "payments_webhook"),
}
