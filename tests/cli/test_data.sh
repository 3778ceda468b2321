#!/usr/bin/env bash
# Every file of the outside data is read or refused as tests/data_expected.tsv says. Skipped, with a sentence,
# where IONATLAS_TEST_DATA names no folder.
set -u
source=${IONATLAS_SOURCE:-$(cd "$(dirname "$0")/../.." && pwd)}
exec "$source/scripts/check-data" --check --program "$(realpath "$1")"
