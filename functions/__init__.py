"""The HTTP functions, one folder each; none imports another."""
