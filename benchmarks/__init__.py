"""Measures the system: beside the older stack, on long histories, and drawing invoices."""
