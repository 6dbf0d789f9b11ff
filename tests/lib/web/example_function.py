"""The module that functions-framework loads."""

from tests.lib.web.example import api

example = api.function()
