# shellcheck shell=bash
# Pure Python, a client of the protocol of its own. Without the tests that log in to databases of their own,
# and those that are benchmarks. Its tests name no database, so the user's is the route's.
title="pg8000 (Python)"
packages="python3-pip python3-pytest python3-pytest-mock python3-tz python3-dateutil"
checkout=PG8000
repository="tlocke/pg8000"
database=postgres
limit=300

version() {
  cat "$(tests_source)/installed"
}

build() {
  local source
  source=$(tests_source)
  /usr/bin/python3 -m pip install -q --no-deps --target "$BUILD/pg8000-run" pg8000 scramp asn1crypto
  # The tests alone: the package is the one installed, as it was released.
  rm -rf "$source/src"
  find "$BUILD/pg8000-run" -name 'pg8000-*.dist-info' | sed -E 's/.*pg8000-(.*)\.dist-info/\1/' > "$source/installed"
}

suite() {
  cd "$(tests_source)"
  on_server -c 'CREATE EXTENSION hstore'
  PYTHONPATH=$BUILD/pg8000-run PYTHONHASHSEED=0 /usr/bin/python3 -m pytest -q -o cache_dir="$WORK/cache" \
    --junitxml="$WORK/report" --tb=short --ignore-glob='*/auth' --ignore-glob='*/test_benchmarks.py' \
    --ignore=test/test_readme.py test >&2 || true
  "$HERE/lib/junit" "$WORK/report"
}
