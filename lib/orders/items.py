"""The lines of an order in a request."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field, model_validator

from lib.models import Model, Paragraph
from lib.money import Amount

MOST_ITEMS = 200
DEFAULT_TAX_RATE = Decimal(14)

Quantity = Annotated[Amount, Field(gt=0, le=999_999_999)]
TaxRate = Annotated[Amount, Field(le=100, decimal_places=2, description="percent")]


class NewItem(Model):
    """A line of an order. At least one of the descriptions is needed."""

    description_ar: Paragraph = ""
    description_en: Paragraph = ""
    quantity: Quantity
    unit_price: Amount

    @model_validator(mode="after")
    def _described(self) -> "NewItem":
        if not self.description_ar and not self.description_en:
            raise ValueError("description_ar or description_en is needed")
        return self


# A list and not a tuple: for a tuple with one bad item pydantic would also report that the tuple is too short.
Items = Annotated[list[NewItem], Field(min_length=1, max_length=MOST_ITEMS)]
