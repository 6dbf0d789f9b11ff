"""Draws invoices for row pdf in this process, and prints CPU seconds, peak MiB and the file's bytes as JSON."""

import datetime as dt
import json
import random
import resource
import sys
import time
from collections.abc import Callable
from decimal import Decimal

from functions.invoices.document import render
from functions.invoices.snapshot import Buyer, CurrentStatus, InvoiceSnapshot, Line, Seller

DRAWINGS = 200
LENGTH = 2_000
ENGLISH, ARABIC = "abcdefghijklmnopqrstuvwxyz", "ابتثجحخدذرزسشصضطظعغفقكلمنهوي"
MARKS = "\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652"
HOTEL = (
    "فندق هيلتون شرم الشيخ، غرفة مزدوجة مطلة على البحر، ليلة",
    "Hilton Sharm El Sheikh, double room with sea view, night",
)
UNPAID = CurrentStatus(payment_status="UNPAID", order_status="ISSUED", amount_paid=Decimal(0))
SELLER = Seller(
    name_ar="الطيار للسفر والسياحة",
    name_en="AltayarVIP Travel",
    address_ar="شارع التسعين، القاهرة",
    address_en="North 90th Street, Cairo",
    tax_number="123-456-789",
    commercial_register="98765",
    email="billing@altayarvip.com",
    phone="+20 100 555 1234",
    website="www.altayarvip.com",
)
chosen = random.Random(1)  # noqa: S311 - the same texts in each run


def _letters(alphabet: str, number: int) -> str:
    return "".join(chosen.choices(alphabet, k=number))


def _points(first: int, last: int, number: int) -> str:
    return "".join(chr(chosen.randint(first, last)) for _ in range(number))


def _words(alphabet: str) -> str:
    return " ".join(_letters(alphabet, chosen.randint(2, 9)) for _ in range(LENGTH))


TEXTS: dict[str, Callable[[], str]] = {
    "plain English": lambda: _words(ENGLISH),
    "plain Arabic": lambda: _words(ARABIC),
    "lines of 39 letters": lambda: "\n".join(_letters(ENGLISH, 39) for _ in range(50)),
    "lines of one letter": lambda: "\n".join(_letters(ENGLISH, LENGTH // 2)),
    "Arabic with a mark on each letter": lambda: "".join(_letters(ARABIC, 1) + _letters(MARKS, 1) for _ in range(LENGTH)),
    "Arabic marks alone": lambda: "م" + _letters(MARKS, LENGTH),
    "Latin marks alone": lambda: "a" + _points(0x300, 0x36F, LENGTH),
    "English among Arabic words": lambda: " ".join(_letters(ARABIC, 3) + " " + _letters(ENGLISH, 3) for _ in range(LENGTH)),
    "brackets between Arabic letters": lambda: "".join(_letters(ARABIC, 1) + _letters("(5a)", 1) for _ in range(LENGTH)),
    "emoji": lambda: _points(0x1F300, 0x1FAFF, LENGTH),
    "letters without a glyph": lambda: _points(0x4E00, 0x9FFF, LENGTH),
    "one English word": lambda: _letters(ENGLISH, LENGTH),
    "one Arabic word": lambda: _letters(ARABIC, LENGTH),
}


def invoice(number: int, descriptions: list[tuple[str, str]]) -> InvoiceSnapshot:
    """An invoice whose every line, number and name is its own, so that it is not found in a cache as a whole."""
    price = Decimal(f"{1000 + number}.50")
    subtotal = price * len(descriptions)
    return InvoiceSnapshot(
        invoice_number=f"INV-2026-{number:06}",
        order_number=f"ORD-2026-{number * 7:06}",
        issued_at=dt.datetime(2026, 11, 22, 22, number % 60, tzinfo=dt.UTC),
        due_date=dt.date(2026, 12, 1 + number % 30),
        currency="EGP",
        seller=SELLER,
        buyer=Buyer(name=f"Mona {number} El-Sayed", email=f"mona{number}@example.com", phone="01012345678", country="EG"),
        lines=tuple(
            Line(description_ar=arabic, description_en=english, quantity=Decimal(1), unit_price=price, total_price=price)
            for arabic, english in descriptions
        ),
        subtotal=subtotal,
        discount_amount=Decimal("100.00"),
        tax_rate=Decimal(14),
        tax_amount=Decimal("331.66"),
        total_amount=subtotal + Decimal("231.66"),
    )


def drawn(snapshot: InvoiceSnapshot) -> bytes:
    """The PDF."""
    return render(snapshot, UNPAID, f"https://api.altayarvip.com/invoices/verify/{snapshot.invoice_number:->32}", "ar")


def ten_lines() -> tuple[float, int]:
    """The mean CPU seconds of many different invoices after some others, and the size of the last."""
    snapshots = [
        invoice(number, [(f"{HOTEL[0]} {number}-{line}", f"{HOTEL[1]} {number}-{line}") for line in range(10)])
        for number in range(2 * DRAWINGS)
    ]
    for snapshot in snapshots[:DRAWINGS]:
        drawn(snapshot)
    began = time.process_time()
    sizes = [len(drawn(snapshot)) for snapshot in snapshots[DRAWINGS:]]
    return (time.process_time() - began) / DRAWINGS, sizes[-1]


def worst(text: str, items: int) -> tuple[float, int]:
    """The CPU seconds of one invoice full of such text, and its size. No description is like another one."""
    make = TEXTS[text]
    snapshot = invoice(1, [(make()[:LENGTH], make()[:LENGTH]) for _ in range(items)])
    began = time.process_time()
    size = len(drawn(snapshot))
    return time.process_time() - began, size


if __name__ == "__main__":
    _, asked, number_of_items = sys.argv
    seconds, file_bytes = ten_lines() if asked == "ten lines" else worst(asked, int(number_of_items))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps([seconds, peak, file_bytes]))
