"""The committed OpenAPI document: it is valid, up to date, and has every path of the contract."""

import json
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from lib.web.service import OPENAPI_FILE
from local.describe import as_text, description

CONTRACT = """
GET / | GET /health | GET /health/ready | GET /openapi.json | GET /docs
POST /api/auth/register | POST /api/auth/login | POST /api/auth/refresh | POST /api/auth/logout | GET /api/auth/me
PUT /api/auth/me | POST /api/auth/change-password | POST /api/auth/forgot-password | POST /api/auth/reset-password
POST /api/auth/verify-email | POST /api/auth/resend-verification | POST /api/auth/upload-avatar | GET /api/pictures/{name}
POST /api/orders | GET /api/orders | GET /api/orders/me | GET /api/orders/{order_id} | PUT /api/orders/{order_id}
DELETE /api/orders/{order_id} | POST /api/orders/{order_id}/issue | POST /api/orders/{order_id}/pay
POST /api/orders/{order_id}/cancel | GET /api/orders/{order_id}/invoice | GET /api/orders/{order_id}/invoice/download
GET /api/orders/{order_id}/invoice/base64 | POST /api/orders/{order_id}/invoice/mailed
GET /invoices/verify/{token} | POST /api/orders/{order_id}/refund
POST /api/bookings | GET /api/bookings | GET /api/bookings/me | GET /api/bookings/{booking_id}
PUT /api/bookings/{booking_id} | PATCH /api/bookings/{booking_id}/status | PUT /api/bookings/{booking_id}/status
DELETE /api/bookings/{booking_id} | POST /api/bookings/{booking_id}/cancel | POST /api/bookings/{booking_id}/pay
POST /api/payments/fawaterk/webhook | GET /api/payments/status/{payment_id} | GET /api/payments/methods
GET /api/payments/my-payments | GET /api/payments | GET /api/payments/webhook-logs
POST /api/payments/{payment_id}/reconcile | POST /api/payments/{payment_id}/resolve
GET /api/wallet/me | GET /api/wallet/me/balance | GET /api/wallet/me/transactions | POST /api/wallet/me/pay
POST /api/wallet/deposit | POST /api/wallet/withdraw | GET /api/points/me | GET /api/points/me/transactions
POST /api/points/me/redeem | GET /api/cashback/me | GET /api/cashback/me/records | GET /api/cashback/me/balance
GET /api/wallet | GET /api/wallet/transactions/all | GET /api/wallet/transactions/{user_id}
POST /api/admin/points/add | POST /api/admin/points/remove | GET /api/admin/points/history/all
GET /api/admin/points/history/{user_id} | POST /api/cashback/admin/add | POST /api/cashback/admin/remove
GET /api/cashback/admin/history/{user_id} | GET /api/admin/cashback/history/all
GET /api/cashback/admin/withdrawal-requests | POST /api/cashback/admin/requests/{request_id}/approve
POST /api/cashback/admin/requests/{request_id}/reject
GET /api/admin/stats/overview | GET /api/admin/stats/revenue-chart | GET /api/admin/stats/recent-activities
GET /api/admin/stats/transactions | POST /api/bookings/manual-create
GET /api/admin/employees | GET /api/admin/payments/{payment_id}
GET /api/admin/users | GET /api/admin/users/{user_id}/details | GET /api/admin/audit-log
GET /api/admin/users/{user_id}/assigned-customers | POST /api/admin/users | PUT /api/admin/users/{user_id}
DELETE /api/admin/users/{user_id} | PUT /api/admin/users/{user_id}/role | PUT /api/admin/users/{user_id}/assign-employee
GET /api/admin/users/{user_id}/sessions | DELETE /api/admin/users/{user_id}/sessions/{session_id}
GET /api/auth/me/sessions | DELETE /api/auth/me/sessions/{session_id}
DELETE /api/auth/me | GET /api/auth/me/export | GET /api/auth/me/second-factor | POST /api/auth/me/second-factor
DELETE /api/auth/me/second-factor | POST /api/auth/me/second-factor/confirm | POST /api/auth/me/second-factor/recovery-codes
DELETE /api/admin/users/{user_id}/second-factor
GET /api/admin/approvals
POST /api/admin/approvals/{approval_id}/approve | POST /api/admin/approvals/{approval_id}/reject
GET /api/cashback/me/summary | POST /api/cashback/withdraw | GET /api/cashback/pending
POST /api/cashback/{record_id}/approve | POST /api/cashback/{record_id}/credit | POST /api/cashback/{record_id}/reject
GET /payment/success | GET /payment/fail | GET /payment/pending
POST /payment/success | POST /payment/fail | POST /payment/pending
"""


@pytest.fixture(scope="module")
def committed() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(OPENAPI_FILE.read_text(encoding="utf-8"))
    return document


def _operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{method.upper()} {path}": operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def test_it_is_what_the_code_declares_now() -> None:
    assert OPENAPI_FILE.read_text(encoding="utf-8") == as_text(description()), "run `make openapi`"


def test_it_is_valid(committed: dict[str, Any]) -> None:
    OpenAPIV31SpecValidator(committed).validate()


@pytest.mark.parametrize("operation", CONTRACT.replace("\n", "|").strip("|").split("|"))
def test_every_call_of_the_contract_is_in_it(committed: dict[str, Any], operation: str) -> None:
    assert operation.strip() in _operations(committed)


def test_neither_the_sandbox_nor_private_jobs_are_in_it(committed: dict[str, Any]) -> None:
    private = {tag for path, item in committed["paths"].items() for one in item.values() for tag in one["tags"]}
    assert not [path for path in committed["paths"] if path.startswith(("/sandbox", "/jobs"))]
    assert not [tag for tag in private if "private" in tag or "obs" in tag]
    assert not [name for name in committed["components"]["schemas"] if "Job" in name or "Run" in name or "Rotat" in name]


def test_every_operation_has_its_own_id_and_tells_what_it_is(committed: dict[str, Any]) -> None:
    operations = _operations(committed).values()

    assert len({operation["operationId"] for operation in operations}) == len(operations)
    assert all(operation["summary"] and operation["tags"] for operation in operations)


def test_whatever_needs_a_token_tells_of_401_and_403(committed: dict[str, Any]) -> None:
    for operation in _operations(committed).values():
        assert ("security" in operation) == ({"401", "403"} <= operation["responses"].keys())


def test_whatever_reads_a_body_tells_how_it_refuses_one(committed: dict[str, Any]) -> None:
    for name, operation in _operations(committed).items():
        is_unread = "/webhook" in name or name.startswith("POST /payment/")
        if name.startswith(("POST", "PUT", "PATCH")) and not is_unread:
            assert {"400", "413", "415"} <= operation["responses"].keys(), name


@pytest.mark.parametrize("end", ["", "/", "_json", "_json/"])
def test_the_webhook_tells_that_it_takes_any_object_as_json_or_as_a_form(committed: dict[str, Any], end: str) -> None:
    operation = _operations(committed)[f"POST /api/payments/fawaterk/webhook{end}"]
    content = operation["requestBody"]["content"]

    assert set(content) == {"application/json", "application/x-www-form-urlencoded"}
    assert all(one["schema"] == {"type": "object", "additionalProperties": True} for one in content.values())
    assert {"400", "401", "413"} <= operation["responses"].keys()


def test_a_function_that_is_not_ready_says_so_as_plain_json(committed: dict[str, Any]) -> None:
    content = _operations(committed)["GET /health/ready"]["responses"]["503"]["content"]

    assert content == {"application/json": {"schema": {"$ref": "#/components/schemas/NotReady"}}}


def test_every_list_tells_of_its_link(committed: dict[str, Any]) -> None:
    for name, operation in _operations(committed).items():
        fields = {parameter["name"] for parameter in operation["parameters"]}
        assert ("cursor" in fields) == ("Link" in operation["responses"].get("200", {}).get("headers", {})), name


@pytest.mark.parametrize("name", ["register", "logout", "change-password"])
def test_what_creates_or_moves_takes_a_key_and_login_and_refresh_do_not(committed: dict[str, Any], name: str) -> None:
    def takes_key(path: str) -> bool:
        return "Idempotency-Key" in [field["name"] for field in _operations(committed)[path]["parameters"]]

    assert takes_key(f"POST /api/auth/{name}")
    assert takes_key("POST /api/orders/{order_id}/pay")
    assert not takes_key("POST /api/auth/login")
    assert not takes_key("POST /api/auth/refresh")
