"""The state of things does not allow what is asked for."""

from decimal import Decimal

from lib.errors.problem import Problem


class Conflict(Problem):
    """The present state does not allow what the request asks for."""

    status, code, title = 409, "conflict", "Conflict"


class AlreadyTaken(Conflict):
    """Another account has this e-mail address, username or card number already. `detail`: words for staff."""

    code = "already_taken"

    def __init__(self, field: str, detail: str | None = None) -> None:
        super().__init__(detail or f"This {field} is already registered; log in instead, or choose another")
        self.field = field


class IllegalMove(Conflict):
    """The state `status` does not allow `move`."""

    code = "illegal_move"

    def __init__(self, thing: str, status: str, move: str) -> None:
        super().__init__(f"{thing} is {status} and can't be {move}")
        self.thing, self.move = thing, move


class NotPriced(Conflict):
    """A booking that a customer made has no price until staff give it one."""

    code = "not_priced"

    def __init__(self, booking_number: str) -> None:
        super().__init__(f"Booking {booking_number} has no price yet; it can be paid once our staff have priced it")
        self.booking_number = booking_number


class PaymentInReview(Conflict):
    """Money arrived that does not match the payment; no further payment is opened until a person has looked at it."""

    code = "payment_in_review"

    def __init__(self, payment_number: str, advice: str) -> None:
        super().__init__(f"A payment of this order ({payment_number}) is being reviewed by our staff; {advice}")
        self.payment_number = payment_number


class CustomerInactive(Conflict):
    """The customer's account is deactivated, so nothing new is made for it."""

    code = "customer_inactive"

    def __init__(self) -> None:
        super().__init__("This customer's account is deactivated; activate it first")


class BalancesWouldLapse(Conflict):
    """Closing the account takes points and cashback, and its owner has not agreed. `what`: both in words."""

    code = "balances_would_lapse"

    def __init__(self, what: str) -> None:
        super().__init__(f"Closing your account takes {what} from you; send forfeit_balances as true to agree")


class InsufficientBalance(Conflict):
    """The balance is lower than the amount to use."""

    code = "insufficient_balance"

    def __init__(self, source: str, available: Decimal) -> None:
        super().__init__(f"There is not enough: {available} {source} can be used")
        self.source, self.available = source, available


class PaymentSuperseded(Conflict):
    """Another request opened a newer attempt while this one was being opened."""

    code = "payment_superseded"

    def __init__(self, payment_number: str) -> None:
        super().__init__(f"Attempt {payment_number} was replaced by a newer one while it was being opened")


class KeyInFlight(Conflict):
    """A request with this Idempotency-Key is still running."""

    code = "idempotency_key_in_flight"

    def __init__(self) -> None:
        super().__init__("A request with this Idempotency-Key is still being worked on", retry_after=1)


class BalanceTooLarge(Problem):
    """With this amount, a balance or a sum of all that was ever moved would be larger than the ledger holds."""

    status, code, title = 422, "balance_too_large", "Unprocessable Content"

    def __init__(self) -> None:
        super().__init__("The balance would be larger than can be kept; nothing was changed")
