#!/bin/sh
PYTHONDONTWRITEBYTECODE=1 exec build/truth/keras3/bin/python tests/truth/seeds.py
