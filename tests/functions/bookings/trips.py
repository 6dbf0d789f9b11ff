"""Bookings as their people make them."""

from dataclasses import dataclass
from typing import Any

from tests.support.clients import Client, System
from tests.support.money import Attempt, Desk, open_desk
from tests.support.people import Person, make_person

ROOM = {
    "item_type": "ROOM",
    "description_en": "Double room",
    "description_ar": "غرفة مزدوجة",
    "quantity": 3,
    "unit_price": 100,
    "item_details": {"view": "Nile", "floor": 4, "rating": 4.50},
}
TRIP = {
    "booking_type": "HOTEL",
    "title_en": "Three nights in Luxor",
    "title_ar": "ثلاث ليالٍ في الأقصر",
    "start_date": "2047-03-01",
    "end_date": "2047-03-04",
    "guest_count": 2,
    "guest_names": ["Mona El-Sayed", "Ali El-Sayed"],
    "items": [ROOM],
    "customer_notes": "A quiet room, please",
    "booking_details": {"board": "BB", "rate": 12.345678901234567890},
}
SECRET = "pays late, ask for cash"
PATH = "/api/bookings"


@dataclass(frozen=True)
class Agency:
    """Everybody whom bookings pass, each with rights of their own."""

    desk: Desk
    agent: Person
    other_customer: Person

    @property
    def customer(self) -> Person:
        return self.desk.customer

    @property
    def employee(self) -> Person:
        return self.desk.employee

    @property
    def admin(self) -> Person:
        return self.desk.admin

    @property
    def nobody(self) -> Client:
        return Client(self.desk.system.base_url)

    def booked(self, by: Person | None = None, **fields: Any) -> dict[str, Any]:
        """A booking of 342.00 EGP that staff have made."""
        body = {**TRIP, "user_id": self.customer.id, "internal_notes": SECRET, **fields}
        made = (by or self.employee).client.post(PATH, body)
        assert made.status == 201, made.text
        return dict(made.json)

    def requested(self, **fields: Any) -> dict[str, Any]:
        """A customer's own booking, which nobody has priced."""
        made = self.customer.client.post(PATH, {**TRIP, **fields})
        assert made.status == 201, made.text
        return dict(made.json)

    def read(self, booking: dict[str, Any], by: Person | None = None) -> dict[str, Any]:
        return dict((by or self.employee).client.get(f"{PATH}/{booking['id']}").json)

    def order(self, booking: dict[str, Any]) -> dict[str, Any]:
        return dict(self.employee.client.get(f"/api/orders/{booking['order_id']}").json)

    def moved(self, booking: dict[str, Any], *statuses: str) -> dict[str, Any]:
        """A booking that staff have moved on, one step after the other."""
        for status in statuses:
            reply = self.employee.client.patch(f"{PATH}/{booking['id']}/status", {"status": status})
            assert reply.status == 200, reply.text
        return self.read(booking)

    def attempt(self, booking: dict[str, Any]) -> Attempt:
        """An open payment of a booking, by its customer."""
        reply = self.customer.client.post(f"{PATH}/{booking['id']}/pay", {"payment_method_id": 2})
        assert reply.status == 200, reply.text
        told = reply.json
        return Attempt(booking["order_id"], told["payment_id"], told["invoice_id"], told["invoice_key"], told)

    def paid(self, booking: dict[str, Any], **options: Any) -> Attempt:
        """A booking whose payment has come, as the gateway tells it."""
        attempt = self.attempt(booking)
        self.desk.happens(attempt.invoice_id, "paid", **options)
        return attempt


def open_agency(system: System) -> Agency:
    """An agency with people of its own, so that what they see is what this test made."""
    return Agency(open_desk(system), make_person(system, "AGENT"), make_person(system, "CUSTOMER"))
