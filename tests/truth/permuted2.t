#!/bin/sh
PYTHONDONTWRITEBYTECODE=1 exec build/truth/keras2/bin/python tests/truth/permuted.py permuted-k2
