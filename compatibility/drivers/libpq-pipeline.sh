# shellcheck shell=bash
# libpq's own tests of pipelines. Passed is what runs and whose trace, each message in both directions, is
# to the byte what is expected where there is an expectation.
title="libpq's pipeline tests, with the trace of messages"
packages="postgresql-15 postgresql-server-dev-15 libpq-dev dpkg-dev gcc"
checkout=POSTGRESQL_SOURCE
repository="postgres/postgres, of the branch of the server"
source_package=postgresql-15
limit=300

version() {
  psql --version | sed 's/^psql (PostgreSQL) //'
}

build() {
  local tests
  tests=$(tests_source)/src/test/modules/libpq_pipeline
  gcc -O1 -w -I"$(pg_config --includedir-server)" -I"$(pg_config --includedir)" -o "$BUILD/libpq_pipeline" \
    "$tests/libpq_pipeline.c" -L"$(pg_config --libdir)" -L"$(pg_config --pkglibdir)" -lpq -lpgcommon -lpgport -lm
}

suite() {
  local tests name
  tests=$(tests_source)/src/test/modules/libpq_pipeline
  for name in $("$BUILD/libpq_pipeline" tests); do
    attempt "$name" traced "$tests" "$name"
  done
}

traced() {
  if [ -f "$1/traces/$2.trace" ]; then
    "$BUILD/libpq_pipeline" -t "$WORK/$2.trace" -r 700 "$2" "dbname=$PGDATABASE"
    diff "$1/traces/$2.trace" "$WORK/$2.trace"
  else
    "$BUILD/libpq_pipeline" -r 700 "$2" "dbname=$PGDATABASE"
  fi
}
