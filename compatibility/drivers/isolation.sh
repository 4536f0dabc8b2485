# shellcheck shell=bash
# The isolation tests: several sessions at once in each, that wait for each other, run into deadlocks and
# are cancelled. Not while sessions move: the tests know their sessions by the numbers of their backends.
title="PostgreSQL's isolation tests, by libpq"
packages="postgresql-15 postgresql-server-dev-15 dpkg-dev"
modes="direct through direct-tls through-tls"
checkout=POSTGRESQL_SOURCE
repository="postgres/postgres, of the branch of the server"
source_package=postgresql-15
limit=900

version() {
  psql --version | sed 's/^psql (PostgreSQL) //'
}

build() {
  tests_source
  chmod -R a+rX "$BUILD"
}

suite() {
  local tests
  tests=$(tests_source)/src/test/isolation
  chmod 755 "$WORK"
  mkdir -m 777 "$WORK/output"
  as_server "PGPASSWORD='${PGPASSWORD:-}' PGSSLMODE=$PGSSLMODE PGSSLROOTCERT='${PGSSLROOTCERT:-}' PGISOLATIONTIMEOUT=60 \
    '$(pg_config --pkglibdir)/pgxs/src/test/isolation/pg_isolation_regress' --use-existing --host=$PGHOST \
    --port=$PGPORT --user=postgres --inputdir='$tests' --outputdir='$WORK/output' \
    --bindir='$server_bin' --schedule='$tests/isolation_schedule' --dbname=regression" 2>&1 |
    sed -nE 's/^(test| +) +([a-z0-9_-]+) +\.\.\. +ok .*/pass \2/p; s/^(test| +) +([a-z0-9_-]+) +\.\.\. +FAILED .*/fail \2/p'
}
