# shellcheck shell=bash
title="psycopg2 (Python)"
packages="python3-psycopg2"
checkout=PSYCOPG2
repository="psycopg/psycopg2, of the package's version"
source_package=psycopg2
limit=600

version() {
  dpkg-query -W -f '${Version}' python3-psycopg2
}

build() {
  tests_source
}

suite() {
  on_server -c 'CREATE EXTENSION hstore' -c 'CREATE EXTENSION dblink'
  cd "$(tests_source)"
  export PSYCOPG2_TESTDB=$PGDATABASE PSYCOPG2_TEST_REPL_DSN=
  /usr/bin/python3 "$HERE/lib/unittests" tests.test_suite
}
