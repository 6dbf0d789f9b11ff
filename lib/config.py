"""Configuration from environment variables. All are checked on first use, and one error names every wrong variable."""

import functools
import os
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, HttpUrl, TypeAdapter, ValidationError

from lib.money import Currency

# The gateway's two environments. Each has its own accounts and keys, and on staging nobody really pays.
FAWATERK_LIVE = "https://app.fawaterk.com/api/v2"
FAWATERK_STAGING = "https://staging.fawaterk.com/api/v2"


class ConfigurationError(Exception):
    """The environment is wrong. The message has a line for each wrong variable, without its value."""


def _without_slash(address: str) -> str:
    TypeAdapter(HttpUrl).validate_python(address)
    return address.rstrip("/")


def _origins(value: object) -> object:
    return [_without_slash(part.strip()) for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _words(value: object) -> object:
    return value.replace(",", " ").split() if isinstance(value, str) else value


def _pairs(value: object) -> object:
    if not isinstance(value, str):
        return value
    pairs = [word.partition("=") for word in value.replace(",", " ").split()]
    if not all(name and given for name, _, given in pairs):
        raise ValueError("must be FUNCTION=USER, with commas between them")
    return {name: given for name, _, given in pairs}


Address = Annotated[str, BeforeValidator(_without_slash)]


class SecretMissing(ConfigurationError):  # noqa: N818 - it says what is wrong
    """A secret has no version yet."""


class Seller(BaseModel):
    """The seller as printed on new invoices. Issued invoices keep their own copy."""

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
    """The currency of balances, and how they are earned. Tiers and exchange rates are rows in the database."""

    model_config = ConfigDict(frozen=True)

    # This must not change once there are balances, because nothing converts them.
    currency: Currency = Field("USD", alias="LOYALTY_CURRENCY")
    points_per_unit: Decimal = Field(Decimal(1), ge=0, le=1000, max_digits=10, decimal_places=4, alias="POINTS_PER_EGP")
    point_value: Decimal = Field(Decimal("0.01"), gt=0, le=1000, max_digits=10, decimal_places=4, alias="POINT_VALUE")
    refund_window_days: int = Field(14, ge=0, le=365, alias="REFUND_WINDOW_DAYS")
    # Above this, in that currency, another administrator has to approve what is done by hand. None: nothing waits.
    approval_limit: Decimal | None = Field(None, gt=0, max_digits=14, decimal_places=3, alias="APPROVAL_LIMIT")


class Config(BaseModel):
    """The settings of one instance. Secrets are not among them: `lib.secrets` reads those."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    environment: Literal["local", "staging", "production"] = Field("local", alias="ENVIRONMENT")
    debug: bool = Field(default=False, alias="DEBUG")
    app_base_url: Address = Field("http://localhost:8080", alias="APP_BASE_URL")
    fawaterk_test_mode: bool = Field(default=False, alias="FAWATERK_TEST_MODE")
    fawaterk_base_url: Address = Field(
        default_factory=lambda read: FAWATERK_STAGING if read.get("fawaterk_test_mode") else FAWATERK_LIVE,
        alias="FAWATERK_BASE_URL",
    )
    # Identifies the merchant to the gateway's iframe. Payments use the hosted page, which needs no key, so nothing reads it.
    fawaterk_provider_key: str | None = Field(None, pattern=r"^FAWATERAK\.\d+$", alias="FAWATERK_PROVIDER_KEY")
    cors_origins: Annotated[list[str], BeforeValidator(_origins)] = Field([], alias="CORS_ORIGINS")
    database_url: str | None = Field(None, repr=False, alias="DATABASE_URL")
    cloud_sql_instance: str | None = Field(
        None, pattern=r"^[a-z][a-z0-9.:-]+:[a-z0-9-]+:[a-z][a-z0-9-]*$", alias="CLOUD_SQL_INSTANCE"
    )
    cloud_sql_address: Literal["private", "public"] = Field("private", alias="CLOUD_SQL_ADDRESS")
    database_name: str = Field("altayarvip", alias="DB_NAME")
    database_user: str | None = Field(None, alias="DB_USER")
    pool_size: int = Field(5, ge=1, le=100, alias="DB_POOL_SIZE")
    threads: int = Field(20, ge=1, le=1000, alias="THREADS")
    secrets_dir: Path | None = Field(None, alias="SECRETS_DIR")
    secrets_mount: Path | None = Field(None, alias="SECRETS_MOUNT")
    secrets_project: str | None = Field(None, pattern=r"^[a-z][a-z0-9.:-]+$", alias="SECRETS_PROJECT")
    # Where pictures of people are: a folder on one machine, a bucket in the cloud.
    pictures_dir: Path | None = Field(None, alias="PICTURES_DIR")
    pictures_bucket: str | None = Field(None, pattern=r"^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$", alias="PICTURES_BUCKET")
    prepares_deployment: bool = Field(default=False, alias="PREPARE_DEPLOYMENT")
    application_users: Annotated[dict[str, str], BeforeValidator(_pairs)] = Field({}, alias="DB_APPLICATION_USERS")
    first_admin_email: str | None = Field(None, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", alias="FIRST_ADMIN_EMAIL")
    # Of orders and bookings that name none. The app labels such amounts USD.
    default_currency: Currency = Field("USD", alias="DEFAULT_CURRENCY")
    mail_from: str = Field(
        "AltayarVIP <no-reply@altayarvip.com>",
        pattern=r"^([^<>@\s][^<>@\r\n]* <[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+>|[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+)$",
        alias="MAIL_FROM",
    )
    # Of ADMIN and SUPER_ADMIN. The app's login screen has no field for a code.
    second_factor_required: bool = Field(default=False, alias="SECOND_FACTOR_REQUIRED")
    access_token_minutes: int = Field(1440, ge=1, le=10080, alias="JWT_ACCESS_TOKEN_EXPIRE_MINUTES")
    seller: Seller
    loyalty: Loyalty


@functools.cache
def config() -> Config:
    """This instance's settings. Raises ConfigurationError, which names each wrong variable."""
    environment = {name: value for name, value in os.environ.items() if value != ""}
    try:
        settings = Config.model_validate({**environment, "seller": environment, "loyalty": environment})
    except ValidationError as wrong:
        # If a default can't be made, the variable that it depends on is wrong and has an error of its own.
        errors = [error for error in wrong.errors() if error["type"] != "default_factory_not_called"]
        raise _error([f"{error['loc'][-1]}: {error['msg']}" for error in errors]) from None
    contradictions = _contradictions(settings)
    if contradictions:
        raise _error(contradictions)
    return settings


def default_currency() -> str:
    """The currency of what names none."""
    return config().default_currency


def _contradictions(settings: Config) -> list[str]:
    """A line for each variable that is wrong only together with another one."""
    in_production = settings.environment == "production"
    rules = {
        "DEBUG: must be false in production": in_production and settings.debug,
        "FAWATERK_TEST_MODE: must be false in production": in_production and settings.fawaterk_test_mode,
        "FAWATERK_BASE_URL: is the staging gateway, where nobody pays, in production": (
            in_production and settings.fawaterk_base_url == FAWATERK_STAGING
        ),
        "FAWATERK_BASE_URL: is the live gateway, while FAWATERK_TEST_MODE is true": (
            settings.fawaterk_test_mode and settings.fawaterk_base_url == FAWATERK_LIVE
        ),
        "APP_BASE_URL: must be https:// in production": in_production and not settings.app_base_url.startswith("https://"),
        "DB_USER: must be set where CLOUD_SQL_INSTANCE is": (
            settings.cloud_sql_instance is not None and settings.database_user is None
        ),
    }
    return [line for line, is_broken in rules.items() if is_broken]


def _error(lines: list[str]) -> ConfigurationError:
    return ConfigurationError("The environment can't be used:\n" + "\n".join(lines))
