import base64
import io
import unicodedata
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pypdf
import pypdfium2
import pytest

from functions.invoices.schemas import InvoiceAnswer
from lib.config import config
from tests.functions.invoices.purchases import draft, happen, issued, purchase
from tests.support import database
from tests.support.asgi import AsgiClient
from tests.support.clients import Client, Reply, System
from tests.support.functions import client_of
from tests.support.people import Person, make_person

NO_ORDER = "00000000-0000-4000-8000-000000000000"


def pdf_text(content: bytes) -> str:
    """Extract the text of all pages with pdfium, which is not the library that wrote them."""
    with pypdfium2.PdfDocument(content) as pdf:
        text = "\n".join(page.get_textpage().get_text_range() for page in pdf)
    return unicodedata.normalize("NFKC", text)


def downloaded(person: Person, order_id: str) -> Reply:
    reply = person.client.get(f"/api/orders/{order_id}/invoice/download")
    assert reply.status == 200, reply.text
    return reply


def invoice_of(person: Person, order_id: str) -> Any:
    reply = person.client.get(f"/api/orders/{order_id}/invoice")
    assert reply.status == 200, reply.text
    InvoiceAnswer.model_validate(reply.json)
    return reply.json


def test_an_issued_order_has_the_invoice_that_its_answer_describes(customer: Person, employee: Person) -> None:
    order_id = issued(employee, customer, notes_en="Breakfast included", discount_amount="100", due_date="2030-01-31")
    reply = customer.client.get(f"/api/orders/{order_id}/invoice")
    assert reply.json.keys() == InvoiceAnswer.model_fields.keys()
    answer = InvoiceAnswer.model_validate(reply.json)
    assert (answer.status, answer.payment_status, str(answer.due_date)) == ("ISSUED", "UNPAID", "2030-01-31")
    assert str(answer.order_id) == order_id
    assert (answer.buyer.name, answer.buyer.email) == ("Mona El-Sayed", customer.email)
    assert answer.lines[0].description_ar == "حجز فندق هيلتون شرم الشيخ"
    compact = reply.text.replace(" ", "")
    for money in (
        '"subtotal":2469.00', '"discount_amount":100.00', '"tax_amount":331.66', '"total_amount":2700.66',
        '"amount_paid":0.00', '"balance_due":2700.66', '"unit_price":1234.50', '"total_price":2469.00',
    ):  # fmt: skip
        assert money in compact


def test_staff_see_the_invoice_that_its_owner_sees(customer: Person, employee: Person, admin: Person) -> None:
    order_id = issued(employee, customer)
    assert invoice_of(employee, order_id) == invoice_of(admin, order_id) == invoice_of(customer, order_id)


@pytest.mark.parametrize("form", ["", "/download", "/base64"])
def test_who_may_not_see_an_invoice_learns_nothing_of_it(
    customer: Person, other_customer: Person, employee: Person, anyone: Client, form: str
) -> None:
    path = f"/api/orders/{issued(employee, customer)}/invoice{form}"
    stranger = other_customer.client.get(path)
    nothing = other_customer.client.get(f"/api/orders/{NO_ORDER}/invoice{form}")
    assert (stranger.status, nothing.status, anyone.get(path).status) == (404, 404, 401)
    assert stranger.json["detail"] == nothing.json["detail"]
    assert employee.client.get(f"/api/orders/no-uuid/invoice{form}").status in (404, 422)


@pytest.mark.parametrize("form", ["", "/download", "/base64"])
def test_a_draft_has_no_invoice_yet(customer: Person, employee: Person, form: str) -> None:
    order_id = draft(employee, customer)["id"]
    assert customer.client.get(f"/api/orders/{order_id}/invoice{form}").status == 404
    assert employee.client.get(f"/api/orders/{order_id}/invoice{form}").status == 404


def test_the_pdf_comes_down_as_a_file_named_after_the_invoice(customer: Person, employee: Person) -> None:
    order_id = issued(employee, customer)
    reply = downloaded(customer, order_id)
    number = invoice_of(customer, order_id)["invoice_number"]
    assert reply.content.startswith(b"%PDF-")
    assert reply.headers["Content-Type"] == "application/pdf"
    assert reply.headers["Content-Disposition"] == f'attachment; filename="{number}.pdf"'
    assert reply.headers["Content-Length"] == str(len(reply.content))


@pytest.mark.parametrize("form", ["", "/download", "/base64"])
def test_head_tells_of_the_invoice_without_its_body(customer: Person, employee: Person, form: str) -> None:
    path = f"/api/orders/{issued(employee, customer)}/invoice{form}"
    full, head = customer.client.get(path), customer.client.call("HEAD", path)
    assert (head.status, head.content) == (200, b"")
    for name in ("Content-Type", "Content-Length", "Content-Disposition"):
        assert head.headers.get(name) == full.headers.get(name)


def test_the_pdf_reads_back_in_both_languages_with_two_libraries(customer: Person, employee: Person) -> None:
    order_id = issued(employee, customer, notes_ar="يشمل السعر وجبة الإفطار", notes_en="Breakfast included")
    content = downloaded(customer, order_id).content
    number = invoice_of(customer, order_id)["invoice_number"]
    for words in (
        "Tax Invoice", "فاتورة ضريبية", "UNPAID", "غير مدفوعة", number, "Mona El-Sayed", "Hilton Sharm El Sheikh booking",
        "حجز فندق هيلتون شرم الشيخ", "Tax (14%) EGP 345.66", "EGP 2,814.66", "يشمل السعر وجبة الإفطار", "Breakfast included",
    ):  # fmt: skip
        assert words in pdf_text(content)
    other = unicodedata.normalize("NFKC", pypdf.PdfReader(io.BytesIO(content)).pages[0].extract_text())
    for word in ("Invoice", "ضريبية", "هيلتون", "الإفطار", "2,814.66", number, customer.email):
        assert word in other


def test_the_pdf_inside_json_is_the_one_that_is_downloaded(customer: Person, employee: Person) -> None:
    order_id = issued(employee, customer)
    told = customer.client.get(f"/api/orders/{order_id}/invoice/base64").json
    assert told["filename"] == f"{invoice_of(customer, order_id)['invoice_number']}.pdf"
    assert base64.b64decode(told["content_base64"], validate=True) == downloaded(customer, order_id).content


def test_an_invoice_stays_as_it_was_issued_whatever_is_changed_later(
    system: System, customer: Person, employee: Person
) -> None:
    order_id = issued(employee, customer)
    data, content = invoice_of(customer, order_id), downloaded(customer, order_id).content
    database.run(
        system.database_url,
        """
        update users set first_name = 'Somebody', last_name = 'Else', phone = '0', country = 'DE', language = 'ar',
               email = 'else-' || email
        where id = :id
        """,
        id=customer.id,
    )
    assert invoice_of(customer, order_id) == data
    assert downloaded(customer, order_id).content == content
    assert invoice_of(customer, issued(employee, customer))["buyer"]["name"] == "Somebody Else"


@pytest.fixture
def another_seller(system: System, monkeypatch: pytest.MonkeyPatch) -> Iterator[AsgiClient]:
    """The invoices function in this process, with the settings of another seller."""
    monkeypatch.setenv("APP_BASE_URL", system.base_url)
    monkeypatch.setenv("SELLER_NAME_EN", "Another Seller")
    config.cache_clear()
    yield client_of("invoices")
    monkeypatch.undo()
    config.cache_clear()


def test_an_invoice_keeps_the_seller_who_issued_it(customer: Person, employee: Person, another_seller: AsgiClient) -> None:
    order_id = issued(employee, customer)
    headers = {"Authorization": f"Bearer {customer.client.token}"}
    assert config().seller.name_en == "Another Seller"
    today = another_seller.get(f"/api/orders/{order_id}/invoice/download", headers=headers)
    assert today.status_code == 200
    assert "AltayarVIP Travel" in pdf_text(today.data)
    assert today.data == downloaded(customer, order_id).content


def test_a_payment_turns_the_mark_and_nothing_else(system: System, customer: Person, employee: Person) -> None:
    bought = purchase(system, employee, customer)
    before = invoice_of(customer, bought.order_id)
    assert "UNPAID" in pdf_text(downloaded(customer, bought.order_id).content)
    happen(system, bought, "paid")
    after = invoice_of(customer, bought.order_id)
    assert (after["status"], after["payment_status"]) == ("PAID", "PAID")
    assert (after["amount_paid"], after["balance_due"]) == (Decimal("2814.66"), Decimal("0.00"))
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"status", "payment_status", "amount_paid", "balance_due", "paid_at"}
    text = pdf_text(downloaded(customer, bought.order_id).content)
    assert "Tax Invoice PAID" in text
    assert "UNPAID" not in text


def test_a_cancelled_orders_invoice_asks_for_nothing(customer: Person, employee: Person) -> None:
    order_id = issued(employee, customer)
    assert employee.client.post(f"/api/orders/{order_id}/cancel", {}).status == 200
    data = invoice_of(customer, order_id)
    assert (data["status"], data["balance_due"]) == ("CANCELLED", Decimal(0))
    text = pdf_text(downloaded(customer, order_id).content)
    assert "CANCELLED" in text
    assert "Balance due" not in text


def test_an_order_that_is_free_has_a_paid_invoice_over_nothing(customer: Person, admin: Person) -> None:
    order_id = draft(admin, customer, is_free=True)["id"]
    data = invoice_of(customer, order_id)
    assert (data["total_amount"], data["payment_status"]) == (Decimal(0), "PAID")
    assert "Tax Invoice PAID" in pdf_text(downloaded(customer, order_id).content)


def test_an_amount_in_dinars_has_three_decimals_everywhere(customer: Person, employee: Person) -> None:
    item = {"description_en": "Transfer", "quantity": "1.5", "unit_price": "10.125"}
    order_id = issued(employee, customer, currency="KWD", items=[item], tax_rate=0)
    reply = customer.client.get(f"/api/orders/{order_id}/invoice")
    compact = reply.text.replace(" ", "")
    assert all(money in compact for money in ('"unit_price":10.125', '"total_amount":15.188', '"amount_paid":0.000'))
    text = pdf_text(downloaded(customer, order_id).content)
    assert "Total KWD 15.188" in text
    assert "د.ك." in text


def test_forty_lines_run_over_pages_each_with_the_head_of_the_table(customer: Person, employee: Person) -> None:
    items = [
        {"description_en": f"Night number {n}", "description_ar": f"الليلة رقم {n}", "quantity": 1, "unit_price": n}
        for n in range(1, 41)
    ]
    order_id = issued(employee, customer, items=items)
    assert [line["unit_price"] for line in invoice_of(customer, order_id)["lines"]] == list(range(1, 41))
    content = downloaded(customer, order_id).content
    with pypdfium2.PdfDocument(content) as pdf:
        pages = [page.get_textpage().get_text_range() for page in pdf]
    assert len(pages) > 1
    assert all("Unit price (EGP)" in page for page in pages if "Night number" in page)
    for n in range(1, 41):
        assert sum(f"Night number {n} " in page for page in pages) == 1
    assert "EGP 934.80" in pdf_text(content)


@pytest.mark.parametrize(("language", "title"), [("ar", "فاتورة ضريبية"), ("en", "Tax Invoice")])
def test_the_pdf_names_itself_in_the_buyers_language(system: System, employee: Person, language: str, title: str) -> None:
    buyer = make_person(system, "CUSTOMER", language=language)
    order_id = issued(employee, buyer)
    metadata = pypdf.PdfReader(io.BytesIO(downloaded(buyer, order_id).content)).metadata
    assert metadata is not None
    assert metadata.title == f"{title} {invoice_of(buyer, order_id)['invoice_number']}"


def test_the_address_in_the_code_answers_without_signing_in(customer: Person, employee: Person, anyone: Client) -> None:
    order_id = issued(employee, customer)
    data = invoice_of(customer, order_id)
    page: Any = pypdf.PdfReader(io.BytesIO(downloaded(customer, order_id).content)).pages[0]
    targets = {annotation.get_object()["/A"]["/URI"] for annotation in page["/Annots"]}
    assert targets == {data["verify_url"]}
    reply = anyone.get(data["verify_url"])
    assert reply.status == 200
    assert data["invoice_number"] in reply.text


@pytest.mark.parametrize("form", ["", "/download", "/base64"])
def test_an_invoice_is_only_read(customer: Person, employee: Person, form: str) -> None:
    reply = customer.client.post(f"/api/orders/{issued(employee, customer)}/invoice{form}")
    assert reply.status == 405
    assert set(reply.headers["Allow"].split(", ")) >= {"GET", "HEAD"}
