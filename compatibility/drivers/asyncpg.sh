# shellcheck shell=bash
# Pipelines without Sync, statements that are prepared behind the application's back. Only the tests that
# take a server that runs already; some of them name the database `postgres`, so this is the route's.
title="asyncpg (Python)"
packages="python3-asyncpg"
checkout=ASYNCPG
repository="MagicStack/asyncpg, of the package's version"
database=postgres
limit=600

version() {
  dpkg-query -W -f '${Version}' python3-asyncpg
}

build() {
  tests_source
}

suite() {
  local source module
  source=$(tests_source)
  # The tests alone: the package is the system's.
  rm -rf "$source/asyncpg"
  cd "$source"
  for module in adversity cache_invalidation cancellation codecs copy cursor exceptions execute introspection \
    listeners pool prepare record timeout transaction types utils; do
    /usr/bin/python3 "$HERE/lib/unittests" "tests.test_$module" || true
  done
}
