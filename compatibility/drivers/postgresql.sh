# shellcheck shell=bash
# The core regression tests: psql says what the files of src/test/regress/sql say, in up to 20 sessions
# at once. Passed is a test whose output is to the byte what is expected. An expectation of another minor
# release than the server's may fail in all columns.
title="PostgreSQL's core regression tests, by psql"
packages="postgresql-15 postgresql-server-dev-15 dpkg-dev gcc"
checkout=POSTGRESQL_SOURCE
repository="postgres/postgres, of the branch of the server"
source_package=postgresql-15
limit=900

version() {
  psql --version | sed 's/^psql (PostgreSQL) //'
}

build() {
  local tests
  tests=$(tests_source)/src/test/regress
  chmod -R a+rX "$BUILD"
  gcc -O1 -fPIC -shared -w -I"$(pg_config --includedir-server)" -o "$tests/regress.so" "$tests/regress.c"
  cp "$(pg_config --pkglibdir)"/{refint,autoinc}.so "$tests/"
}

suite() {
  local tests setting
  tests=$(tests_source)/src/test/regress
  chmod 755 "$WORK"
  for setting in "lc_messages = 'C'" "bytea_output = 'hex'" "timezone_abbreviations = 'Default'"; do
    on_server -c "ALTER DATABASE regression SET $setting"
  done
  mkdir -m 777 "$WORK/output"
  as_server "PGPASSWORD='${PGPASSWORD:-}' PGSSLMODE=$PGSSLMODE PGSSLROOTCERT='${PGSSLROOTCERT:-}' \
    '$(pg_config --pkglibdir)/pgxs/src/test/regress/pg_regress' --use-existing --host=$PGHOST \
    --port=$PGPORT --user=postgres --inputdir='$tests' --outputdir='$WORK/output' --dlpath='$tests' \
    --bindir='$server_bin' --schedule='$tests/parallel_schedule' --max-concurrent-tests=20 \
    --dbname=regression" 2>&1 |
    sed -nE 's/^(test| +) +([a-z0-9_]+) +\.\.\. +ok .*/pass \2/p; s/^(test| +) +([a-z0-9_]+) +\.\.\. +FAILED .*/fail \2/p'
  [ -z "${DIFFS:-}" ] || cp "$WORK/output/regression.diffs" "$DIFFS/regression-$MODE.diffs" || true
}
