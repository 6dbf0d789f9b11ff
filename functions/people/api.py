"""What the routes of the people function are declared on: those of staff in main.py, those of one's own in own_routes.py."""

from lib.web import Api
from lib.web.service import add_health

api = Api("people", "People")
add_health(api)
