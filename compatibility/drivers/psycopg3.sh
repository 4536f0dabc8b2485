# shellcheck shell=bash
# Pure Python over libpq. Without tests that are slow, that measure time, or whose proxy has to stand
# between them and the server.
title="psycopg 3 (Python)"
packages="python3-psycopg python3-pytest python3-pytest-asyncio"
checkout=PSYCOPG3
repository="psycopg/psycopg, of the package's version"
source_package=psycopg3
limit=900

version() {
  dpkg-query -W -f '${Version}' python3-psycopg
}

build() {
  tests_source
}

suite() {
  local source
  source=$(tests_source)
  # The tests alone: the package is the system's.
  rm -rf "$source/psycopg" "$source/psycopg_pool" "$source/psycopg_c"
  cd "$source"
  on_server -c 'CREATE EXTENSION hstore'
  PSYCOPG_IMPL=python /usr/bin/python3 -m pytest -q -o cache_dir="$WORK/cache" -rA --tb=line \
    -m 'not slow and not flakey and not timing and not subprocess and not dns' \
    --ignore=tests/pool --ignore=tests/crdb --ignore=tests/test_typing.py \
    --test-dsn="host=$PGHOST port=$PGPORT user=$PGUSER dbname=$PGDATABASE" 2>&1 | tee "$WORK/output" |
    sed -nE 's/^PASSED (tests.*)/pass \1/p; s/^(FAILED|ERROR) (tests[^ ]*( [^-].*)?)( - .*)?$/fail \2/p' | sed -E 's/ - .*//'
  grep -E '^(FAILED|ERROR) ' "$WORK/output" >&2 || true
}
