"""The peer's routes."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import Body, FastAPI, HTTPException
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload, selectinload

from benchmarks.peer import gateway, schemas, security
from benchmarks.peer.database import Database
from benchmarks.peer.security import Caller, Staff
from benchmarks.peer.tables import Invoice, Order, OrderItem, Payment, User, invoice_numbers, order_numbers, payment_numbers

app = FastAPI()


@app.get("/health")
def health() -> dict[str, str]:
    """Whether the process answers."""
    return {"status": "healthy"}


@app.post("/api/auth/login", response_model=schemas.LoggedIn)
def login(body: schemas.Login, database: Database) -> Any:
    """Open a session."""
    user = database.scalar(select(User).where(User.email == body.email.lower()))
    if user is None or not user.is_active or not security.verify(body.password, user.password_hash):
        raise HTTPException(401, "Invalid email or password")
    refresh_token = security.open_session(database, user)
    database.commit()
    return {
        "access_token": security.access_token(user.id),
        "refresh_token": refresh_token,
        "token_type": "bearer",
        "expires_in": int(security.LIFETIME.total_seconds()),
        "user": {
            **vars(user),
            "points": {"current_balance": user.points_balance, "total_earned": user.points_earned},
        },
    }


def _whole() -> Select[Order]:
    return select(Order).options(joinedload(Order.invoice), selectinload(Order.items))


def _found(database: Database, user: User, order_id: UUID) -> Order:
    order = database.scalar(_whole().where(Order.id == order_id))
    if order is None or (order.user_id != user.id and user.role == "CUSTOMER"):
        raise HTTPException(404, "There is no such order")
    return order


@app.get("/api/orders/me", response_model=list[schemas.Order])
def my_orders(database: Database, user: Caller, limit: int = 50) -> Any:
    """The caller's orders, newest first."""
    newest = _whole().where(Order.user_id == user.id).order_by(Order.created_at.desc(), Order.id.desc())
    return database.scalars(newest.limit(limit)).all()


@app.get("/api/orders/{order_id}", response_model=schemas.Order)
def get_order(order_id: UUID, database: Database, user: Caller) -> Any:
    """One order."""
    return _found(database, user, order_id)


@app.post("/api/orders", response_model=schemas.Order, status_code=201)
def create_order(body: schemas.NewOrder, database: Database, user: Staff) -> Any:
    """Make an order."""
    customer = database.get(User, body.user_id)
    if customer is None:
        raise HTTPException(422, "There is no such user")
    items = [
        OrderItem(
            **item.model_dump(),
            position=position,
            currency=body.currency,
            total_price=round(item.quantity * item.unit_price, 2),
        )
        for position, item in enumerate(body.items)
    ]
    subtotal = sum((item.total_price for item in items), Decimal(0))
    tax = round((subtotal - body.discount_amount) * body.tax_rate / 100, 2)
    order = Order(
        **body.model_dump(exclude={"items"}),
        order_number=f"ORD-2026-{database.scalar(order_numbers):06}",
        created_by_user_id=user.id,
        status="DRAFT",
        payment_status="UNPAID",
        subtotal=subtotal,
        tax_amount=tax,
        total_amount=subtotal - body.discount_amount + tax,
        user=customer,
        items=items,
        invoice=None,
    )
    database.add(order)
    database.commit()
    return order


def _issue(database: Database, order: Order) -> None:
    if order.status != "DRAFT":
        raise HTTPException(409, f"The order is {order.status}")
    number = f"INV-2026-{database.scalar(invoice_numbers):06}"
    order.invoice = Invoice(invoice_number=number)
    order.status, order.issued_at, order.updated_at = "ISSUED", _now(), _now()


@app.post("/api/orders/{order_id}/issue", response_model=schemas.Order)
def issue_order(order_id: UUID, database: Database, user: Staff) -> Any:
    """Issue a draft."""
    order = _found(database, user, order_id)
    _issue(database, order)
    database.commit()
    return order


@app.post("/api/orders/{order_id}/pay", response_model=schemas.OpenedPayment)
def pay_order(order_id: UUID, body: schemas.PayRequest, database: Database, user: Caller) -> Any:
    """Open a payment at the gateway."""
    order = _found(database, user, order_id)
    if order.status == "DRAFT":
        _issue(database, order)
    elif order.status != "ISSUED":
        raise HTTPException(409, f"The order is {order.status}")
    number = f"PAY-2026-{database.scalar(payment_numbers):06}"
    opened = gateway.open_invoice(order, order.user, number, body.payment_method_id)
    payment = Payment(
        payment_number=number,
        order_id=order.id,
        user_id=order.user_id,
        payment_method="Card",
        amount=order.total_amount - order.amount_paid,
        currency=order.currency,
        status="PENDING",
        gateway_invoice_id=str(opened["invoice_id"]),
        gateway_invoice_key=opened["invoice_key"],
        payment_url=opened["payment_data"]["redirectTo"],
    )
    database.add(payment)
    database.commit()
    return {
        "payment_id": payment.id,
        "payment_number": number,
        "order_number": order.order_number,
        "amount": payment.amount,
        "currency": payment.currency,
        "status": payment.status,
        "payment_url": payment.payment_url,
        "invoice_id": payment.gateway_invoice_id,
        "invoice_key": payment.gateway_invoice_key,
    }


@app.post("/api/payments/fawaterk/webhook", response_model=schemas.Done)
def webhook(event: Annotated[dict[str, Any], Body()], database: Database) -> Any:
    """Settle a payment that the gateway says is paid."""
    if not gateway.is_genuine(event):
        raise HTTPException(401, "The hash does not hold")
    payment = database.scalar(
        select(Payment).where(Payment.gateway_invoice_id == str(event["invoice_id"])).options(joinedload(Payment.order))
    )
    if payment is None:
        return {"status": "unmatched", "message": "it names no invoice of ours"}
    if payment.status == "PAID":
        return {"status": "already_processed", "message": "the payment is PAID"}
    if not gateway.is_paid(str(event["invoice_id"]), payment.amount):
        return {"status": "ignored", "message": "the gateway does not say that it is paid"}
    payment.status = payment.order.status = payment.order.payment_status = "PAID"
    payment.paid_at = payment.order.paid_at = payment.order.updated_at = _now()
    payment.order.amount_paid = payment.order.total_amount
    database.commit()
    return {"status": "processed", "message": "the payment is settled"}


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
