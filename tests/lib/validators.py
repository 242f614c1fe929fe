# SPDX-License-Identifier: Apache-2.0
"""Where whole schema validators lie: in EGRESS_VALIDATE_DIR, or in a directory `validate` beside the tree."""
import glob
import os

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def validator(name):
    """The script's path, or None."""
    places = [os.environ.get("EGRESS_VALIDATE_DIR", "")] + sorted(glob.glob(os.path.join(os.path.dirname(TOP), "*", "validate")))
    return next((os.path.join(d, name) for d in places if d and os.path.exists(os.path.join(d, name))), None)
