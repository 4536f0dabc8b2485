# shellcheck shell=bash
# Statements that are prepared behind the application's back, and kept while tables change. The tests that
# use a database, but of the range types that have the same tests each only one.
title="SQLAlchemy by asyncpg (Python)"
packages="python3-asyncpg python3-pytest python3-greenlet python3-typing-extensions"
checkout=SQLALCHEMY
repository="sqlalchemy/sqlalchemy, of a version that the packages do for"
source_package=sqlalchemy
limit=600

version() {
  sed -nE 's/^__version__ = "(.*)"/\1/p' "$(tests_source)/lib/sqlalchemy/__init__.py"
}

build() {
  tests_source
}

suite() {
  cd "$(tests_source)"
  # asyncpg asks each connection for its types by a statement that takes longer to compile than to run.
  on_server -c 'CREATE SCHEMA test_schema' -c 'CREATE SCHEMA test_schema_2' -c 'CREATE EXTENSION hstore' \
    -c 'CREATE EXTENSION citext' -c 'ALTER SYSTEM SET jit = off' -c 'SELECT pg_reload_conf()' >&2
  # The same names of tests each time.
  PYTHONHASHSEED=0 /usr/bin/python3 -m pytest -q -o cache_dir="$WORK/cache" --junitxml="$WORK/report" --tb=line \
    --backend-only -k 'Int4Multi or not RangeRoundTripTest' --dburi "postgresql+asyncpg://$PGUSER@$PGHOST:$PGPORT/$PGDATABASE" \
    test/dialect/postgresql test/engine test/sql >&2 || true
  "$HERE/lib/junit" "$WORK/report"
}
