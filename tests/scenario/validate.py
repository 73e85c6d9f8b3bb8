#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""validate.py SCHEMA FILE: does the JSON in FILE satisfy the schema, and is the schema one?"""

import json
import sys

import jsonschema


def no_twins(pairs):
    names = [name for name, _ in pairs]
    if len(names) != len(set(names)):
        raise ValueError("a name occurs twice: %s" % names)
    return dict(pairs)


with open(sys.argv[1]) as file:
    schema = json.load(file)
with open(sys.argv[2], encoding="utf-8") as file:
    instance = json.load(file, object_pairs_hook=no_twins)
jsonschema.Draft7Validator.check_schema(schema)
errors = list(jsonschema.Draft7Validator(schema).iter_errors(instance))
for error in errors[:10]:
    print("%s: %s" % ("/".join(map(str, error.absolute_path)), error.message))
sys.exit(1 if errors else 0)
