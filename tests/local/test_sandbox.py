import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.local.sandbox_merchant import (
    HEADERS,
    PUBLIC_URL,
    happen,
    invoice_data,
    opened,
    order,
    refused,
    sandbox_at,
    told,
)


def test_the_methods_of_the_account_are_listed(sandbox: FlaskClient) -> None:
    rows = told(sandbox.get("/api/v2/getPaymentmethods", headers=HEADERS))["data"]
    redirects = {row["paymentId"]: row["redirect"] for row in rows}
    assert redirects == {2: "true", 3: "false", 4: "false", 12: "false", 14: "false"}


@pytest.mark.parametrize(
    ("method_id", "fields"),
    [
        (2, {"redirectTo"}),
        (3, {"fawryCode", "expireDate"}),
        (4, {"meezaReference", "meezaQrCode"}),
        (12, {"amanCode"}),
        (14, {"masaryCode"}),
    ],
)
def test_each_method_has_its_own_way_to_pay(sandbox: FlaskClient, method_id: int, fields: set[str]) -> None:
    assert opened(sandbox, payment_method_id=method_id)["payment_data"].keys() == fields


def test_a_card_is_paid_at_the_checkout_page(sandbox: FlaskClient) -> None:
    data = opened(sandbox)
    assert data["payment_data"]["redirectTo"] == f"{PUBLIC_URL}/checkout/{data['invoice_key']}"


def test_an_invoice_link_needs_no_method(sandbox: FlaskClient) -> None:
    body = order()
    del body["payment_method_id"]
    data = told(sandbox.post("/api/v2/createInvoiceLink", headers=HEADERS, data=json.dumps(body)))["data"]
    assert data["url"] == f"{PUBLIC_URL}/checkout/{data['invoiceKey']}"
    assert invoice_data(sandbox, data["invoiceId"])["paid"] == 0


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({"Content-Type": "application/json"}, {"token": ["Token Is Missing"]}),
        (HEADERS | {"Authorization": "Bearer é"}, {"token": ["Invalid Token or inactive vendor."]}),
        ({"Authorization": HEADERS["Authorization"]}, {"content-type": ["The content-type field is required."]}),
    ],
)
def test_a_call_without_the_right_headers_is_refused(sandbox: FlaskClient, headers: dict[str, str], message: object) -> None:
    answer = sandbox.get("/api/v2/getPaymentmethods", headers=headers)
    assert (answer.status_code, told(answer)) == (400, {"status": "error", "message": message})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cartTotal": "100.01"}, {"cartTotal": ["Your cart total doesn't match the items total."]}),
        ({"cartTotal": "lots"}, {"cartTotal": ["The cartTotal must be a number."]}),
        ({"cartTotal": None}, {"cartTotal": ["The cartTotal field is required."]}),
        ({"cartItems": []}, {"cartItems": ["The cart items field is required."]}),
        ({"customer": {}}, {"customer.first_name": ["The customer.first_name field is required."]}),
        ({"currency": "XXX"}, {"currency": ["The selected currency is invalid."]}),
        ({"payment_method_id": 1}, "you are not allow to use this payment method"),
        (
            {"redirectionUrls": {"successUrl": "javascript:alert(1)"}},
            {"redirectionUrls.successUrl": ["The redirectionUrls.successUrl format is invalid."]},
        ),
    ],
)
def test_an_order_that_is_not_right_is_refused(sandbox: FlaskClient, changes: dict[str, object], message: object) -> None:
    assert refused(sandbox, **changes) == (422, message)


@pytest.mark.parametrize(("total", "currency", "is_enough"), [
    ("5.00", "EGP", False), ("5.01", "EGP", True), ("0.09", "USD", False), ("0.10", "USD", True),
])  # fmt: skip
def test_the_smallest_amount_is_more_than_five_pounds(
    sandbox: FlaskClient, total: str, currency: str, is_enough: bool  # noqa: FBT001 - the expected value
) -> None:  # fmt: skip
    changes = {"cartTotal": total, "currency": currency, "cartItems": [{"name": "x", "price": total, "quantity": 1}]}
    if is_enough:
        assert opened(sandbox, **changes)
    else:
        assert refused(sandbox, **changes) == (422, {"cartTotal": ["Amount must be bigger than 5 EGP"]})


def test_a_discount_and_a_tax_belong_to_the_total(sandbox: FlaskClient) -> None:
    discount = {"type": "pcg", "value": "50"}
    assert opened(sandbox, cartTotal="57", discountData=discount, taxData={"title": "VAT", "value": 14})
    assert opened(sandbox, cartTotal=90, discountData={"type": "literal", "value": 10})
    assert refused(sandbox, discountData=discount)[0] == 422


def test_a_wallet_takes_no_phone_with_a_country_code(sandbox: FlaskClient) -> None:
    status, message = refused(sandbox, payment_method_id=4, mobileWalletNumber="+201001234567")
    assert (status, list(message)) == (422, ["mobileWalletNumber"])


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b'{"cartTotal": NaN}'])
def test_a_body_that_is_no_order_misses_its_fields(sandbox: FlaskClient, body: bytes) -> None:
    answer = sandbox.post("/api/v2/invoiceInitPay", headers=HEADERS, data=body)
    assert (answer.status_code, told(answer)["status"]) == (422, "error")


@pytest.mark.parametrize("invoice_id", ["1", "9" * 30, "abc", "-1", "1.0", "%00", "٣"])
def test_an_unknown_invoice_is_refused(sandbox: FlaskClient, invoice_id: str) -> None:
    answer = sandbox.get(f"/api/v2/getInvoiceData/{invoice_id}", headers=HEADERS)
    assert (answer.status_code, told(answer)["message"].keys()) == (422, {"invoice_id"})


def test_a_wrong_verb_answers_html(sandbox: FlaskClient) -> None:
    answer = sandbox.get("/api/v2/invoiceInitPay", headers=HEADERS)
    assert (answer.status_code, answer.mimetype) == (405, "text/html")


def test_a_refund_through_the_api_takes_no_more_than_was_paid(sandbox: FlaskClient) -> None:
    invoice_id = opened(sandbox)["invoice_id"]

    def refund(amount: object) -> int:
        body = {"refund_type": "0", "refund_id": invoice_id, "reason": "Other", "refundable_amount": amount}
        return sandbox.post("/api/v2/refund/create", headers=HEADERS, data=json.dumps(body)).status_code

    assert refund(10) == 400
    happen(sandbox, invoice_id, event="paid", deliver=False)
    assert [refund(60), refund("40.01"), refund("lots"), refund(40), refund(1)] == [200, 400, 422, 200, 400]
    assert told(sandbox.get(f"/invoices/{invoice_id}"))["refunded"] == "0"


def test_a_request_for_a_refund_waits_until_it_is_decided_or_withdrawn(sandbox: FlaskClient) -> None:
    invoice_id = opened(sandbox)["invoice_id"]
    happen(sandbox, invoice_id, event="paid", deliver=False)
    for amount in (10, 20, 30):
        body = {"refund_type": "0", "refund_id": invoice_id, "reason": "Other", "refundable_amount": amount}
        answer = sandbox.post("/api/v2/refund/create", headers=HEADERS, data=json.dumps(body))
        assert told(answer) == {"status": "success", "message": "Refunded successfully"}
    page = told(sandbox.post("/api/v2/refund/index?page=1", headers=HEADERS, data="{}"))
    newest, middle, oldest = (row["id"] for row in page["data"])
    assert ([row["status"] for row in page["data"]], page["total"], "status" in page) == (["pending"] * 3, 3, False)
    sandbox.post(f"/refunds/{newest}/decision", json={"status": "approved", "deliver": False})
    sandbox.post(f"/refunds/{middle}/decision", json={"status": "rejected"})
    assert told(sandbox.get(f"/invoices/{invoice_id}"))["refunded"] == "30.00"

    def withdraw(refund_id: int) -> int:
        body = json.dumps({"refund_id": refund_id})
        return sandbox.post("/api/v2/refund/delete", headers=HEADERS, data=body).status_code

    assert [withdraw(newest), withdraw(oldest), withdraw(oldest)] == [400, 200, 400]
    assert told(sandbox.get(f"/api/v2/refund/details/{oldest}", headers=HEADERS)) is None
    assert told(sandbox.get(f"/api/v2/refund/details/{newest}", headers=HEADERS))["status"] == "approved"
    assert told(sandbox.get(f"/api/v2/getInvoiceData/{invoice_id}", headers=HEADERS))["data"]["status_text"] == "paid"


def test_a_restart_finds_its_invoices_and_goes_on_counting(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "sandbox.sqlite3"
    first = opened(sandbox_at(path, "http://127.0.0.1:1"))["invoice_id"]
    restarted = sandbox_at(path, "http://127.0.0.1:1")
    assert invoice_data(restarted, first)["invoice_id"] == first
    assert opened(restarted)["invoice_id"] == first + 1


def test_invoices_opened_at_once_have_ids_of_their_own(sandbox: FlaskClient) -> None:
    app = sandbox.application
    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(lambda _: opened(app.test_client())["invoice_id"], range(24)))
    assert len(set(ids)) == 24


@pytest.mark.parametrize(("mode", "status"), [("error", 500), ("garbage", 200)])
def test_an_outage_spoils_the_api_and_nothing_else(sandbox: FlaskClient, mode: str, status: int) -> None:
    data = opened(sandbox)
    assert told(sandbox.post("/outage", json={"mode": mode})) == {"mode": mode}
    answer = sandbox.get("/api/v2/getPaymentmethods", headers=HEADERS)
    assert answer.status_code == status
    assert "status" not in answer.text
    assert sandbox.get(f"/checkout/{data['invoice_key']}").status_code == 200
    assert happen(sandbox, data["invoice_id"], event="paid").status_code == 200
    sandbox.post("/outage", json={"mode": "ok"})
    assert told(sandbox.get("/outage")) == {"mode": "ok"}
    assert invoice_data(sandbox, data["invoice_id"])["paid"] == 1


def test_a_hanging_call_is_let_go_when_the_gateway_is_back(sandbox: FlaskClient) -> None:
    sandbox.post("/outage", json={"mode": "timeout"})
    other = sandbox.application.test_client()
    with ThreadPoolExecutor(1) as pool:
        hanging = pool.submit(other.get, "/api/v2/getPaymentmethods", headers=HEADERS)
        assert not hanging.done()
        sandbox.post("/outage", json={"mode": "ok"})
        assert hanging.result(5).status_code in (200, 504)


def test_an_unknown_outage_is_refused(sandbox: FlaskClient) -> None:
    assert sandbox.post("/outage", json={"mode": "earthquake"}).status_code == 422


def test_a_store_that_was_deleted_gives_no_number_a_second_time(tmp_path: Path) -> None:
    first = sandbox_at(tmp_path / "first.sqlite3", "http://localhost/webhook")
    known = [opened(first)["invoice_id"] for _ in range(3)]
    second = sandbox_at(tmp_path / "second.sqlite3", "http://localhost/webhook")
    assert opened(second)["invoice_id"] > max(known)


def test_a_store_that_is_opened_again_counts_on(tmp_path: Path) -> None:
    first = opened(sandbox_at(tmp_path / "store.sqlite3", "http://localhost/webhook"))["invoice_id"]
    assert opened(sandbox_at(tmp_path / "store.sqlite3", "http://localhost/webhook"))["invoice_id"] == first + 1
