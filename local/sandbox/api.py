"""The gateway's API, version 2, with its calls, envelopes, statuses and peculiarities."""

import hmac
import json
from decimal import Decimal

from flask import Blueprint, Response, jsonify, request

from local.sandbox.account import METHODS, Account
from local.sandbox.conversion import Conversion
from local.sandbox.invoices import Invoice, InvoiceStore, Transaction
from local.sandbox.oddities import Oddities
from local.sandbox.outage import Outage
from local.sandbox.parsing import RefusedError, read_fields, read_method, read_order
from local.sandbox.refund_api import add_refund_calls
from local.sandbox.refunds import RefundStore

_CARD = METHODS[2]
_UNKNOWN_INVOICE = {"invoice_id": ["The selected invoice id is invalid."]}


def create_api(
    account: Account,
    store: InvoiceStore,
    refunds: RefundStore,
    outage: Outage,
    conversion: Conversion,
    oddities: Oddities,
) -> Blueprint:
    """Give the routes under `/api/v2`. They check the API key, fail during an outage, and answer oddly where told to."""
    api = Blueprint("api", __name__, url_prefix="/api/v2")

    _guard(api, account, outage)
    api.after_request(oddities.replace)

    @api.get("/getPaymentmethods")
    def payment_methods() -> Response:
        return _success(
            [
                {
                    "paymentId": method.method_id,
                    "name_en": method.name_en,
                    "name_ar": method.name_ar,
                    "redirect": "true" if method.redirects else "false",
                    "logo": f"{account.public_url}/logos/{method.kind}.png",
                }
                for method in METHODS.values()
            ]
        )

    @api.post("/invoiceInitPay")
    def open_invoice() -> Response:
        fields = read_fields(request.get_data())
        invoice = store.add(read_order(fields, read_method(fields)))
        # An account that was moved has no invoices: v2's calls give the key of the transaction for both.
        invoice_id = invoice.invoice_key if conversion.moved else invoice.invoice_id
        ids = {"invoice_id": invoice_id, "invoice_key": invoice.invoice_key}
        return _success({**ids, "payment_data": _payment_data(invoice, account.public_url)})

    @api.post("/createInvoiceLink")
    def create_link() -> Response:
        invoice = store.add(read_order(read_fields(request.get_data()), _CARD))
        url = checkout_url(invoice, account.public_url)
        return _success({"url": url, "invoiceKey": invoice.invoice_key, "invoiceId": invoice.invoice_id})

    @api.get("/getInvoiceData/<invoice_id>")
    def invoice_data(invoice_id: str) -> Response:
        return _success(_invoice_data(_found(store, invoice_id), conversion))

    add_refund_calls(api, store, refunds, conversion)
    return api


def _guard(api: Blueprint, account: Account, outage: Outage) -> None:
    @api.before_request
    def fail_in_an_outage() -> Response | None:
        return outage.response(request.path.partition("/api/v2/")[2])

    @api.before_request
    def check_headers() -> None:
        _check_token(request.headers.get("Authorization"), account.api_key)
        if request.mimetype != "application/json":
            raise RefusedError({"content-type": ["The content-type field is required."]}, 400)

    @api.errorhandler(RefusedError)
    def refuse(refusal: RefusedError) -> tuple[Response, int]:
        return jsonify(status="error", message=refusal.message), refusal.status


def checkout_url(invoice: Invoice, public_url: str) -> str:
    """Give the address of the page where a person pays the invoice."""
    return f"{public_url}/checkout/{invoice.invoice_key}"


def _success(data: object) -> Response:
    return jsonify(status="success", data=data)


def _check_token(authorization: str | None, api_key: str) -> None:
    kind, _, token = (authorization or "").partition(" ")
    if kind.lower() != "bearer" or not token:
        raise RefusedError({"token": ["Token Is Missing"]}, 400)
    if not hmac.compare_digest(token.encode(), api_key.encode()):
        raise RefusedError({"token": ["Invalid Token or inactive vendor."]}, 400)


def _found(store: InvoiceStore, invoice_id: str) -> Invoice:
    try:
        return store.by_id_or_key(invoice_id)
    except KeyError:
        raise RefusedError(_UNKNOWN_INVOICE) from None


def _payment_data(invoice: Invoice, public_url: str) -> dict[str, object]:
    match invoice.method.kind:
        case "redirect":
            return {"redirectTo": checkout_url(invoice, public_url)}
        case "fawry":
            return {"fawryCode": invoice.reference, "expireDate": invoice.due_date}
        case "meeza":
            qr_code = f"00020101021226330016A000000732100001{invoice.reference}5802EG6005Cairo"
            return {"meezaReference": int(invoice.reference or 0), "meezaQrCode": qr_code}
        case "aman":
            return {"amanCode": invoice.reference}
        case "masary":
            return {"masaryCode": invoice.reference}


def _invoice_data(invoice: Invoice, conversion: Conversion) -> dict[str, object]:
    total, currency = conversion.total(invoice.total, invoice.currency, invoice.paid_at_rate)
    data: dict[str, object] = {
        "paid": int(invoice.is_paid),
        "paid_at": invoice.paid_at,
        "status_text": invoice.status,
        "currency": currency,
        "payment_method": invoice.method.name_en,
        "due_date": invoice.due_date,
        "customer_email": invoice.customer.get("email"),
    }
    if conversion.shape == "v3" or conversion.moved:
        return data | _v3_fields(invoice, conversion, total)
    return data | {
        "invoice_id": invoice.invoice_id,
        "invoice_key": invoice.invoice_key,
        "total": str(total),
        "payment_method_id": invoice.method.method_id,
        "pay_load": invoice.pay_load,
        "invoice_created_at": invoice.created_at,
        "invoice_transactions": [
            {
                "status": transaction.status,
                "paidWithIt": int(transaction.paid_with_it),
                "transactionAmount": str(amount),
                "transactionCurrency": row_currency,
            }
            for transaction, amount, row_currency in _rows(invoice, conversion)
        ],
    }


def _v3_fields(invoice: Invoice, conversion: Conversion, total: Decimal) -> dict[str, object]:
    """What an account that was moved answers to the same call; the amounts of its rows are texts with their currency."""
    fields: dict[str, object] = {
        "intent_key": invoice.invoice_key,
        "transaction_id": invoice.invoice_id,
        "transaction_created_at": invoice.created_at,
        "total": float(total),
        "commission": None,
        "pay_load": json.dumps(invoice.pay_load, ensure_ascii=False),
    }
    rows = [
        {
            "method": {"name": invoice.method.name_en},
            "amount": f"{amount} {currency}",
            "currency": currency,
            "status": "success" if transaction.paid_with_it else transaction.status,
            "date": transaction.created_at,
        }
        for transaction, amount, currency in _rows(invoice, conversion)
    ]
    return fields | ({"transaction_history": rows} if rows else {})


def _rows(invoice: Invoice, conversion: Conversion) -> list[tuple[Transaction, Decimal, str]]:
    return [
        (row, *conversion.row(row.amount, row.currency, invoice.currency, invoice.paid_at_rate))
        for row in invoice.transactions
    ]
