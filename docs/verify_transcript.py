"""Check a Parley transcript without Parley. Needs Python 3.9 or newer and `pip install cryptography`.

    python verify_transcript.py TRANSCRIPT KEYS.json

TRANSCRIPT is the downloaded file (.json or .txt), KEYS.json a copy of the platform's
/.well-known/parley-transcript-keys.json. Ends with 0 if the file is genuine and 1 if it is not.
"""

import base64
import json
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

MARK = b"-----BEGIN PARLEY SIGNATURE-----"


def parts(data):
    """(signed bytes, key id, signature in base64)"""
    if MARK in data:
        signed, _, block = data.rpartition(MARK)
        fields = dict(line.split(": ", 1) for line in block.decode().splitlines() if ": " in line)
        return signed, fields["Key"], fields["Ed25519"]
    document = json.loads(data)
    signed = json.dumps(document["transcript"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return signed.encode(), document["signature"]["key_id"], document["signature"]["value"]


def main(transcript, keys):
    with open(keys, encoding="utf-8") as file:
        known = {key["key_id"]: key["public_key"] for key in json.load(file)["keys"]}
    try:
        with open(transcript, "rb") as file:
            signed, key_id, value = parts(file.read())
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(known[key_id]))
        public.verify(base64.b64decode(value), signed)
    except (InvalidSignature, KeyError, ValueError) as error:
        sys.exit(f"NOT GENUINE ({type(error).__name__})")
    sys.stdout.write(f"GENUINE, signed with key {key_id}\n")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2])
