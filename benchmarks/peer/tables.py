"""The peer's tables: the columns and indexes of ours, in a schema of their own."""

import datetime as dt
import uuid
from decimal import Decimal

from sqlalchemy import ForeignKey, Index, MetaData, Numeric, Sequence, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import DateTime

SCHEMA = "peer"
Money = Numeric(14, 3)
Moment = DateTime(timezone=True)


class Base(DeclarativeBase):
    """The base of all tables."""

    metadata = MetaData(schema=SCHEMA)


class User(Base):
    """Who uses the API, with the balances of their wallet."""

    __tablename__ = "users"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    email: Mapped[str] = mapped_column(unique=True)
    username: Mapped[str | None] = mapped_column(unique=True)
    password_hash: Mapped[str]
    first_name: Mapped[str]
    last_name: Mapped[str]
    phone: Mapped[str | None]
    role: Mapped[str]
    language: Mapped[str]
    avatar: Mapped[str | None]
    gender: Mapped[str | None]
    country: Mapped[str | None]
    email_verified: Mapped[bool]
    phone_verified: Mapped[bool]
    is_active: Mapped[bool]
    created_at: Mapped[dt.datetime] = mapped_column(Moment, server_default=func.now())
    membership_id_display: Mapped[str]
    wallet_balance: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    cashback_balance: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    points_balance: Mapped[int] = mapped_column(default=0)
    points_earned: Mapped[int] = mapped_column(default=0)


class Session(Base):
    """A refresh token that is valid."""

    __tablename__ = "sessions"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(User.id), index=True)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    created_at: Mapped[dt.datetime] = mapped_column(Moment, server_default=func.now())


class Order(Base):
    """An order."""

    __tablename__ = "orders"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    order_number: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(User.id))
    created_by_user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(User.id), index=True)
    order_type: Mapped[str]
    status: Mapped[str]
    payment_status: Mapped[str]
    currency: Mapped[str]
    subtotal: Mapped[Decimal] = mapped_column(Money)
    discount_amount: Mapped[Decimal] = mapped_column(Money)
    tax_rate: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    tax_amount: Mapped[Decimal] = mapped_column(Money)
    total_amount: Mapped[Decimal] = mapped_column(Money)
    amount_paid: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    amount_refunded: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    amount_written_off: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    points_held: Mapped[int] = mapped_column(default=0)
    amount_held: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    is_free: Mapped[bool] = mapped_column(default=False)
    notes_ar: Mapped[str | None]
    notes_en: Mapped[str | None]
    due_date: Mapped[dt.date | None]
    issued_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    paid_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    created_at: Mapped[dt.datetime] = mapped_column(Moment, default=lambda: dt.datetime.now(dt.UTC))
    updated_at: Mapped[dt.datetime] = mapped_column(Moment, default=lambda: dt.datetime.now(dt.UTC))

    user: Mapped[User] = relationship(foreign_keys=[user_id])
    items: Mapped[list["OrderItem"]] = relationship(order_by="OrderItem.position")
    invoice: Mapped["Invoice | None"] = relationship(back_populates="order")

    @property
    def amount_due(self) -> Decimal:
        """What is neither paid nor held."""
        return self.total_amount - self.amount_written_off - self.amount_paid - self.amount_held

    @property
    def invoice_number(self) -> str | None:
        """The number of its invoice, once it was issued."""
        return self.invoice.invoice_number if self.invoice else None


Index("orders_page", Order.created_at.desc(), Order.id.desc())
Index("orders_user", Order.user_id, Order.created_at.desc(), Order.id.desc())


class OrderItem(Base):
    """A line of an order."""

    __tablename__ = "order_items"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(Order.id, ondelete="cascade"), index=True)
    position: Mapped[int]
    description_ar: Mapped[str]
    description_en: Mapped[str]
    quantity: Mapped[Decimal] = mapped_column(Numeric(12, 3))
    unit_price: Mapped[Decimal] = mapped_column(Money)
    total_price: Mapped[Decimal] = mapped_column(Money)
    currency: Mapped[str]


class Invoice(Base):
    """An invoice: what an order becomes when it is issued."""

    __tablename__ = "invoices"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(Order.id), unique=True)
    invoice_number: Mapped[str] = mapped_column(unique=True)
    issued_at: Mapped[dt.datetime] = mapped_column(Moment, server_default=func.now())

    order: Mapped[Order] = relationship(back_populates="invoice")


class Payment(Base):
    """An attempt to pay an order at the gateway."""

    __tablename__ = "payments"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    payment_number: Mapped[str] = mapped_column(unique=True)
    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(Order.id), index=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(User.id), index=True)
    payment_method: Mapped[str]
    amount: Mapped[Decimal] = mapped_column(Money)
    currency: Mapped[str]
    status: Mapped[str]
    gateway_invoice_id: Mapped[str | None] = mapped_column(unique=True)
    gateway_invoice_key: Mapped[str | None]
    payment_url: Mapped[str | None]
    paid_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    created_at: Mapped[dt.datetime] = mapped_column(Moment, server_default=func.now())

    order: Mapped[Order] = relationship()


order_numbers, invoice_numbers, payment_numbers = (
    Sequence(f"{name}_numbers", metadata=Base.metadata, schema=SCHEMA) for name in ("order", "invoice", "payment")
)
