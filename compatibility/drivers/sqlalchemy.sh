# shellcheck shell=bash
# The tests that use a database, with all kinds of reflection by the catalogs, but of the range types that
# have the same 1,200 tests each only one.
title="SQLAlchemy by psycopg2 (Python)"
packages="python3-psycopg2 python3-pytest python3-greenlet python3-typing-extensions"
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
  on_server -c 'CREATE SCHEMA test_schema' -c 'CREATE SCHEMA test_schema_2' -c 'CREATE EXTENSION hstore' \
    -c 'CREATE EXTENSION citext'
  # The same names of tests each time.
  PYTHONHASHSEED=0 /usr/bin/python3 -m pytest -q -o cache_dir="$WORK/cache" --junitxml="$WORK/report" --tb=line \
    --backend-only -k 'Int4Multi or not RangeRoundTripTest' --dburi "postgresql+psycopg2://$PGUSER@$PGHOST:$PGPORT/$PGDATABASE" \
    test/dialect/postgresql test/dialect/test_suite.py test/engine test/sql >&2 || true
  "$HERE/lib/junit" "$WORK/report"
}
