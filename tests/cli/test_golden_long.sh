#!/usr/bin/env bash
# The golden cases that take longest, beside the others (test_golden.sh).
set -u
exec bash "$(dirname "$0")/test_golden.sh" "$1" cases/long
