"""Each path leads to the same function as in the cloud's URL map."""

import importlib
import json
from typing import Any

import pytest

from lib.web.service import OPENAPI_FILE
from local.routes import RouteTable, read_routes, template_pattern


@pytest.fixture(scope="module")
def table() -> RouteTable:
    return read_routes()


@pytest.mark.parametrize(
    ("path", "function"),
    [
        ("/api/orders", "orders"),
        ("/api/orders/", "orders"),
        ("/api/orders/x", "orders"),
        ("/api/orders/x/", "orders"),
        ("/api/orders/x/pay", "orders"),
        ("/api/orders/x/invoice", "invoices"),
        ("/api/orders/x/invoice/", "invoices"),
        ("/api/orders/x/invoice/download", "invoices"),
        ("/api/orders/x/invoice/a/b", "invoices"),
        ("/api/orders//invoice", "orders"),
        ("/api/orders/x/invoices", "orders"),
        ("/api/orders/x/y/invoice", "orders"),
        # An encoded slash does not end a segment.
        ("/api/orders/x%2Fy/invoice", "invoices"),
        ("/api/orders/x%2Finvoice", "orders"),
        ("/api%2Forders", "auth"),
        ("/api/ordersx", "auth"),
        ("/API/orders", "auth"),
        ("/api/wallet/me", "loyalty"),
        ("/api/wallet", "loyalty"),
        ("/api/wallets", "auth"),
        ("/api/admin/points/add", "loyalty"),
        ("/api/admin/cashback/history/all", "loyalty"),
        ("/api/admin/cashback", "auth"),
        ("/api/admin/employees", "people"),
        ("/api/admin/stats/overview", "people"),
        ("/api/admin/payments/x", "payments_webhook"),
        ("/api/admin/users", "people"),
        ("/api/admin/users/x/details", "people"),
        ("/api/admin/usersx", "auth"),
        ("/api/admin/audit-log", "people"),
        ("/api/admin/audit-log/x", "auth"),
        ("/api/admin/approvals", "orders"),
        ("/api/admin/approvals/x/approve", "orders"),
        ("/api/points/me/redeem", "loyalty"),
        ("/api/cashback/x/approve", "loyalty"),
        ("/api/loyalty/rates/USD", "loyalty"),
        ("/invoices/verify/t", "invoices"),
        ("/invoices", "auth"),
        ("/api/bookings", "bookings"),
        ("/api/bookings/", "bookings"),
        ("/api/bookings/x/pay", "bookings"),
        ("/api/bookingsx", "auth"),
        ("/api/payments", "payments_webhook"),
        ("/api/payments/fawaterk/webhook", "payments_webhook"),
        ("/payment/success", "payments_webhook"),
        ("/payment", "auth"),
        ("/api/auth/login", "auth"),
        ("/api/auth/me", "auth"),
        ("/api/auth/me/sessions", "auth"),
        ("/api/auth/me/export", "people"),
        ("/api/auth/me/second-factor", "people"),
        ("/api/auth/me/second-factor/confirm", "people"),
        ("/api/auth/me/second-factors", "auth"),
        ("/api/auth/forgot-password", "people"),
        ("/api/auth/reset-password", "people"),
        ("/api/auth/reset-password/x", "auth"),
        ("/api/auth/verify-email", "people"),
        ("/api/auth/resend-verification", "people"),
        ("/api/auth/upload-avatar", "people"),
        ("/api/pictures/x", "people"),
        ("/api/pictures", "auth"),
        ("/jobs/reconcile", "jobs"),
        ("/", "auth"),
        ("", "auth"),
        ("/health", "auth"),
        ("/docs/swagger-ui.css", "auth"),
        ("/nowhere", "auth"),
        ("/api/orders/\u0645", "auth"),
        ("/api/orders/x y", "auth"),
        ('/api/orders/"', "auth"),
    ],
)
def test_each_path_finds_the_function_that_the_balancer_would_find(table: RouteTable, path: str, function: str) -> None:
    assert table.function_for(path) == function


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "delete"])
def test_a_route_with_a_method_is_for_that_method_alone(table: RouteTable, method: str) -> None:
    assert table.function_for("/api/auth/me", "DELETE") == "people"
    assert table.function_for("/api/auth/me", method) == "auth"


@pytest.mark.parametrize(
    ("template", "matching", "other"),
    [
        ("/a", ["/a"], ["/a/", "/a/b", "/ab", "/A", ""]),
        ("/a/*", ["/a/b", "/a/*", "/a/b.c~d%20"], ["/a", "/a/", "/a/b/c"]),
        ("/a/**", ["/a/", "/a/b", "/a/b/c/", "/a//"], ["/a", "/ab"]),
        ("/a/*/c", ["/a/b/c"], ["/a//c", "/a/b/b/c", "/a/b/c/"]),
        ("/a.b", ["/a.b"], ["/axb"]),
    ],
)
def test_a_template_s_star_is_one_segment_and_two_are_any(template: str, matching: list[str], other: list[str]) -> None:
    pattern = template_pattern(template)

    assert [path for path in [*matching, *other] if pattern.fullmatch(path)] == matching


def test_every_path_of_the_description_leads_to_the_function_that_declares_it(table: RouteTable) -> None:
    document: dict[str, Any] = json.loads(OPENAPI_FILE.read_text(encoding="utf-8"))
    declared = {
        (route.method, route.path): name
        for name in reversed(table.public_functions)
        for route in importlib.import_module(f"functions.{name}.main").api.routes
    }

    found = {
        (method.upper(), path): table.function_for(path.replace("{", "x").replace("}", "x"), method.upper())
        for path, operations in document["paths"].items()
        for method in operations
    }
    assert found == declared


def test_every_function_has_a_folder_and_is_either_public_or_private(table: RouteTable) -> None:
    assert set(table.public_functions) == {
        *("auth", "bookings", "invoices", "loyalty", "orders", "payments_webhook", "people")
    }
    assert table.private_functions == ("jobs",)
    assert table.default in table.public_functions
