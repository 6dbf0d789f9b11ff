"""Invoices: their data and the bilingual PDF."""
