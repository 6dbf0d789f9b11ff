"""Configuration: checked whole, wrong variables named all at once and without their values."""

from collections.abc import Iterator

import pytest

from lib.config import ConfigurationError, config
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
