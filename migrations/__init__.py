"""The schema's history: only ever added to; what is no longer needed is removed a release later."""
