"""How a receiver verifies what a webhook brings, as the docs page shows it and a test runs it."""

MESSAGE = """POST /ecship HTTP/1.1
Content-Type: application/json
webhook-id: msg_2f6d1c3b7a904f0e8b115d2c9e7a4012
webhook-timestamp: 1795508000
webhook-signature: v1,ebO3U/INvzrJ3eavI/17wxzHYOQR2POggqIP+fKu6ac=

{"type":"shipment.booked","timestamp":"2026-11-24T08:30:00Z","data":{"shipment":"c0a8a1de-1f4b-4f0e-8a55-6f7f4f9b2003",\
"item_number":"RA100000003HK","status":"booked"}}"""

VERIFY = """import base64, hashlib, hmac, time

def is_from_ecship(secret, headers, body):
    \"\"\"body: the bytes as they came, before any JSON parser.\"\"\"
    if abs(time.time() - int(headers["webhook-timestamp"])) > 300:
        return False  # an old message, sent again by somebody else
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    made = "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    sent = headers["webhook-signature"].split()
    return any(hmac.compare_digest(made, one) for one in sent)"""
