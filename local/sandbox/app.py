"""The sandbox as one Flask application, which is mounted at the path of its `public_url`."""

from pathlib import Path

from flask import Flask, render_template

from local.sandbox.account import Account
from local.sandbox.api import create_api
from local.sandbox.checkout import create_checkout
from local.sandbox.control import create_control
from local.sandbox.conversion import Conversion
from local.sandbox.invoices import InvoiceStore
from local.sandbox.oddities import Oddities
from local.sandbox.outage import MODES, Outage
from local.sandbox.refunds import RefundStore


def create_sandbox(*, store_path: Path, api_key: str, vendor_key: str, webhook_url: str, public_url: str) -> Flask:
    """Give the application, with its invoices in the SQLite file at `store_path`.

    `webhook_url` is a setting of the vendor's dashboard; `public_url` is this application's address for a browser.
    """
    account = Account(api_key, vendor_key, webhook_url, public_url.rstrip("/"))
    store, outage, conversion, oddities = InvoiceStore(store_path), Outage(), Conversion(), Oddities()
    refunds = RefundStore(store)
    app = Flask(__name__, static_folder=None)
    app.json.sort_keys = False  # type: ignore[attr-defined]  # the default provider has it; its base class hides it
    app.register_blueprint(create_api(account, store, refunds, outage, conversion, oddities))
    app.register_blueprint(create_control(account, store, refunds, outage, conversion, oddities))
    app.register_blueprint(create_checkout(account, store, conversion))

    @app.get("/")
    def home() -> str:
        return render_template("home.html", invoices=store.latest(), mode=outage.mode, modes=MODES)

    return app
