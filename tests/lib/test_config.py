"""Configuration: one error names all wrong variables, without their values."""

from collections.abc import Iterator

import pytest

from lib.config import FAWATERK_LIVE, FAWATERK_STAGING, ConfigurationError, config
from lib.db.connect import open_connection


@pytest.fixture(autouse=True)
def _anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    config.cache_clear()
    yield
    monkeypatch.undo()
    config.cache_clear()


def test_every_wrong_variable_is_named_at_once_without_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {
        "ENVIRONMENT": "hush-staging",
        "APP_BASE_URL": "hush-no-url",
        "FAWATERK_BASE_URL": "ftp://hush.example",
        "CORS_ORIGINS": "https://good.example,hush-no-origin",
        "DB_POOL_SIZE": "hush-many",
        "JWT_ACCESS_TOKEN_EXPIRE_MINUTES": "0",
    }
    for name, value in wrong.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(ConfigurationError) as error:
        config()

    assert sorted(line.partition(":")[0] for line in str(error.value).splitlines()[1:]) == sorted(wrong)
    assert "hush" not in str(error.value)
    assert error.value.__suppress_context__


PRODUCTION = {"ENVIRONMENT": "production", "APP_BASE_URL": "https://api.altayarvip.com"}


def of_environment(monkeypatch: pytest.MonkeyPatch, **environment: str) -> list[str]:
    """The names of the wrong variables of an environment."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    config.cache_clear()
    try:
        config()
    except ConfigurationError as error:
        return [line.partition(":")[0] for line in str(error).splitlines()[1:]]
    return []


@pytest.mark.parametrize(
    ("environment", "refused"),
    [
        ({}, []),
        ({"DEBUG": "false", "FAWATERK_TEST_MODE": "false", "FAWATERK_PROVIDER_KEY": "FAWATERAK.19700"}, []),
        ({"DEBUG": "true"}, ["DEBUG"]),
        ({"FAWATERK_TEST_MODE": "true"}, ["FAWATERK_TEST_MODE", "FAWATERK_BASE_URL"]),
        ({"FAWATERK_BASE_URL": FAWATERK_STAGING}, ["FAWATERK_BASE_URL"]),
        ({"APP_BASE_URL": "http://api.altayarvip.com"}, ["APP_BASE_URL"]),
        ({"APP_BASE_URL": "", "DEBUG": "1"}, ["DEBUG", "APP_BASE_URL"]),
    ],
)
def test_production_refuses_what_is_for_trying_out(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], refused: list[str]
) -> None:
    assert of_environment(monkeypatch, **{**PRODUCTION, **environment}) == refused


@pytest.mark.parametrize(
    ("environment", "address"),
    [
        ({}, FAWATERK_LIVE),
        ({"FAWATERK_TEST_MODE": "false"}, FAWATERK_LIVE),
        ({"FAWATERK_TEST_MODE": "true"}, FAWATERK_STAGING),
        (
            {"FAWATERK_TEST_MODE": "true", "FAWATERK_BASE_URL": "http://localhost:8080/sandbox"},
            "http://localhost:8080/sandbox",
        ),
    ],
)
def test_test_mode_chooses_the_staging_gateway(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], address: str
) -> None:
    assert of_environment(monkeypatch, ENVIRONMENT="staging", **environment) == []
    assert config().fawaterk_base_url == address


@pytest.mark.parametrize(
    ("environment", "refused"),
    [
        ({"FAWATERK_TEST_MODE": "true", "FAWATERK_BASE_URL": FAWATERK_LIVE}, ["FAWATERK_BASE_URL"]),
        ({"FAWATERK_TEST_MODE": "perhaps"}, ["FAWATERK_TEST_MODE"]),
        ({"FAWATERK_PROVIDER_KEY": "19700"}, ["FAWATERK_PROVIDER_KEY"]),
        ({"CLOUD_SQL_INSTANCE": "altayarvip-db", "DB_USER": "x"}, ["CLOUD_SQL_INSTANCE"]),
        ({"CLOUD_SQL_INSTANCE": "altayarvip-prod:me-central1:altayarvip-db"}, ["DB_USER"]),
        ({"CLOUD_SQL_ADDRESS": "somewhere"}, ["CLOUD_SQL_ADDRESS"]),
        ({"FIRST_ADMIN_EMAIL": "admin"}, ["FIRST_ADMIN_EMAIL"]),
        ({"MAIL_FROM": "AltayarVIP"}, ["MAIL_FROM"]),
        ({"MAIL_FROM": "AltayarVIP <a@b.example>\nBcc: x@b.example"}, ["MAIL_FROM"]),
        ({"MAIL_FROM": "الطيار <a@b.example>"}, []),
        ({"MAIL_FROM": "a@b.example"}, []),
        ({"SECRETS_PROJECT": "My Project"}, ["SECRETS_PROJECT"]),
    ],
)
def test_what_contradicts_or_has_no_sense_is_named(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], refused: list[str]
) -> None:
    assert of_environment(monkeypatch, **environment) == refused


def test_the_newline_that_a_pipe_leaves_is_no_part_of_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (
        of_environment(monkeypatch, DATABASE_URL="postgresql://db.example/x\n", APP_BASE_URL=" https://a.example \n") == []
    )
    assert (config().database_url, config().app_base_url) == ("postgresql://db.example/x", "https://a.example")


def test_the_settings_do_not_show_the_database_s_password(monkeypatch: pytest.MonkeyPatch) -> None:
    of_environment(monkeypatch, DATABASE_URL="postgresql://u:hush@db.example/x")
    assert "hush" not in repr(config())


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ENVIRONMENT", "DB_POOL_SIZE", "CORS_ORIGINS", "SELLER_NAME_EN"):
        monkeypatch.setenv(name, "")

    assert (config().environment, config().pool_size, config().cors_origins) == ("local", 5, [])
    assert config().seller.name_en == "AltayarVIP Travel"


def test_addresses_lose_their_last_slash_and_lists_their_blanks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APP_BASE_URL", "https://api.example.com/")
    monkeypatch.setenv("CORS_ORIGINS", " https://a.example.com/ ,, http://localhost:3000 ")

    assert config().app_base_url == "https://api.example.com"
    assert config().cors_origins == ["https://a.example.com", "http://localhost:3000"]


def test_the_seller_is_read_from_the_same_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SELLER_TAX_NUMBER", "123-456-789")

    assert config().seller.tax_number == "123-456-789"


def test_without_a_database_one_is_told_which_variables_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("CLOUD_SQL_INSTANCE", raising=False)

    with pytest.raises(ConfigurationError, match="DATABASE_URL"):
        open_connection()


def test_the_currencies_of_the_business_are_those_of_the_app_unless_they_are_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DEFAULT_CURRENCY", "LOYALTY_CURRENCY"):
        monkeypatch.delenv(name, raising=False)
    config.cache_clear()
    assert (config().default_currency, config().loyalty.currency) == ("USD", "USD")
    monkeypatch.setenv("DEFAULT_CURRENCY", "KWD")
    config.cache_clear()
    assert (config().default_currency, config().loyalty.currency) == ("KWD", "USD")
    config.cache_clear()
