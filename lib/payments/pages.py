"""The addresses of our pages that a payer's browser comes to; `functions/payments_webhook/return_pages.py` answers them."""

from typing import Literal

from lib.config import config

Page = Literal["success", "fail", "pending"]


def page_address(page: Page, return_token: str) -> str:
    """Where the payer sees how this payment stands. The app's web view ends at an address that says success or fail."""
    return f"{config().app_base_url}/payment/{page}?token={return_token}"
