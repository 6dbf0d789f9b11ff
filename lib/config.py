"""Configuration by environment, checked whole on first use: an error names every wrong variable at once."""

import functools
import os
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, HttpUrl, TypeAdapter, ValidationError

from lib.money import DEFAULT_CURRENCY, Currency


class ConfigurationError(Exception):
    """The environment can't be used; the message has a line for each wrong variable, without its value."""


def _without_slash(address: str) -> str:
    TypeAdapter(HttpUrl).validate_python(address)
    return address.rstrip("/")


def _origins(value: object) -> object:
    return [_without_slash(part.strip()) for part in value.split(",") if part.strip()] if isinstance(value, str) else value


Address = Annotated[str, BeforeValidator(_without_slash)]


class Seller(BaseModel):
    """Who sells, as it is printed on invoices from now on; issued invoices keep what was printed on them."""

    model_config = ConfigDict(frozen=True)

    name_ar: str = Field("الطيار VIP للسياحة", alias="SELLER_NAME_AR")
    name_en: str = Field("AltayarVIP Travel", alias="SELLER_NAME_EN")
    address_ar: str = Field("القاهرة، مصر", alias="SELLER_ADDRESS_AR")
    address_en: str = Field("Cairo, Egypt", alias="SELLER_ADDRESS_EN")
    tax_number: str = Field("", alias="SELLER_TAX_NUMBER")
    commercial_register: str = Field("", alias="SELLER_COMMERCIAL_REGISTER")
    email: str = Field("info@altayarvip.com", alias="SELLER_EMAIL")
    phone: str = Field("", alias="SELLER_PHONE")
    website: str = Field("altayarvip.com", alias="SELLER_WEBSITE")


class Loyalty(BaseModel):
    """What balances are kept in and what earns them; tiers and exchange rates are rows in the database."""

    model_config = ConfigDict(frozen=True)

    # Once there are balances this stays: nothing converts them.
    currency: Currency = Field(DEFAULT_CURRENCY, alias="LOYALTY_CURRENCY")
    points_per_unit: Decimal = Field(Decimal(1), ge=0, le=1000, max_digits=10, decimal_places=4, alias="POINTS_PER_EGP")
    point_value: Decimal = Field(Decimal("0.01"), gt=0, le=1000, max_digits=10, decimal_places=4, alias="POINT_VALUE")
    refund_window_days: int = Field(14, ge=0, le=365, alias="REFUND_WINDOW_DAYS")


class Config(BaseModel):
    """One instance's settings. Secrets are not here: `lib.secrets` reads them."""

    model_config = ConfigDict(frozen=True)

    environment: Literal["local", "production"] = Field("local", alias="ENVIRONMENT")
    app_base_url: Address = Field("http://localhost:8080", alias="APP_BASE_URL")
    fawaterk_base_url: Address = Field("https://app.fawaterk.com/api/v2", alias="FAWATERK_BASE_URL")
    cors_origins: Annotated[list[str], BeforeValidator(_origins)] = Field([], alias="CORS_ORIGINS")
    database_url: str | None = Field(None, alias="DATABASE_URL")
    cloud_sql_instance: str | None = Field(None, alias="CLOUD_SQL_INSTANCE")
    database_name: str = Field("altayarvip", alias="DB_NAME")
    database_user: str | None = Field(None, alias="DB_USER")
    pool_size: int = Field(5, ge=1, le=100, alias="DB_POOL_SIZE")
    secrets_dir: Path | None = Field(None, alias="SECRETS_DIR")
    access_token_minutes: int = Field(1440, ge=1, le=10080, alias="JWT_ACCESS_TOKEN_EXPIRE_MINUTES")
    seller: Seller
    loyalty: Loyalty


@functools.cache
def config() -> Config:
    """This instance's settings. Raises ConfigurationError naming each variable that is wrong."""
    environment = {name: value for name, value in os.environ.items() if value != ""}
    try:
        return Config.model_validate({**environment, "seller": environment, "loyalty": environment})
    except ValidationError as wrong:
        lines = [f"{error['loc'][-1]}: {error['msg']}" for error in wrong.errors()]
        raise ConfigurationError("The environment can't be used:\n" + "\n".join(lines)) from None
