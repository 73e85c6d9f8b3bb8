#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""validate.py [--lines] SCHEMA FILE: does the JSON in FILE (--lines: on each line of it, and is there
one) satisfy the schema, and is the schema one?"""

import json
import sys

import jsonschema


def no_twins(pairs):
    names = [name for name, _ in pairs]
    if len(names) != len(set(names)):
        raise ValueError("a name occurs twice: %s" % names)
    return dict(pairs)


lines = sys.argv[1] == "--lines"
with open(sys.argv[-2]) as file:
    schema = json.load(file)
with open(sys.argv[-1], encoding="utf-8") as file:
    texts = file.readlines() if lines else [file.read()]
jsonschema.Draft7Validator.check_schema(schema)
validator = jsonschema.Draft7Validator(schema)
errors = [error for text in texts
          for error in validator.iter_errors(json.loads(text, object_pairs_hook=no_twins))]
for error in errors[:10]:
    print("%s: %s" % ("/".join(map(str, error.absolute_path)), error.message))
sys.exit(1 if errors or not texts else 0)
