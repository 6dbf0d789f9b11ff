"""Makes a function in another process use the stand-ins. Python imports this file from PYTHONPATH when it starts.

The deployed code has no such setting on purpose: nothing should be able to send its secrets and queries elsewhere.
"""

import os

from google.cloud.secretmanager import SecretManagerServiceClient
from google.cloud.sql.connector import connector

connector._DEFAULT_SCHEME = "http://"
connector._SQLADMIN_HOST_TEMPLATE = os.environ["TEST_SQL_ADMIN_HOST"]
SecretManagerServiceClient._DEFAULT_ENDPOINT_TEMPLATE = os.environ["TEST_SECRET_MANAGER_HOST"]
