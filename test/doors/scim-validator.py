"""Runs scim2-tester against a server and prints what it found, a JSON object a line.

usage: scim-validator.py ADDRESS TOKEN
"""

import json
import sys

from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import check_server

address, token = sys.argv[1:]
client = Client(base_url=address, headers={"Authorization": f"Bearer {token}"}, trust_env=False)
for result in check_server(SyncSCIMClient(client)):
    found = {
        "title": result.title,
        "status": result.status.name,
        "resource": result.resource_type,
        "reason": result.reason,
    }
    if result.status.name != "SUCCESS":
        found["data"] = str(result.data)
    print(json.dumps(found))
