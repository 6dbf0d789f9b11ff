"""Processes what Fawaterk reports, by webhook or when it is asked.

    processing       processes a genuine webhook
    matching         finds the payment that a webhook or an invoice belongs to
    asking           asks the gateway for an invoice
    putting_off      lets a payment wait whose answers can't be read
    reconciling      compares a payment with the gateway
    refund_reports   processes refunds that the gateway reports
    records          every statement that changes the webhook log and the list of webhooks to retry

A webhook only starts a check. What the gateway answers when it is asked decides.
"""
