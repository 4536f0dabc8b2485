# shellcheck shell=bash
# The tests are part of the packages.
title="pgx 4, pgconn, pgtype: their own tests"
packages="golang-go golang-github-jackc-pgx-v4-dev golang-github-jackc-pgconn-dev golang-github-jackc-pgtype-dev"

version() {
  dpkg-query -W -f '${Version}' golang-github-jackc-pgx-v4-dev
}

suite() {
  psql -q -X -p "$ADMIN_PORT" -c 'CREATE EXTENSION hstore' -c 'CREATE DOMAIN uint64 AS numeric(20,0)'
  export GOPATH=/usr/share/gocode GO111MODULE=off
  export PGX_TEST_DATABASE="host=$PGHOST port=$PGPORT user=$PGUSER dbname=$PGDATABASE sslmode=disable"
  export PGX_TEST_CONN_STRING=$PGX_TEST_DATABASE PGX_TEST_TCP_CONN_STRING=$PGX_TEST_DATABASE
  local package
  for package in pgx/v4 pgx/v4/stdlib pgx/v4/pgxpool pgconn pgtype; do
    go test -count=1 -vet=off -v "github.com/jackc/$package" 2>&1 |
      sed -nE "s#^ *--- PASS: ([^ ]+) .*#pass $package \1#p; s#^ *--- FAIL: ([^ ]+) .*#fail $package \1#p"
  done
}
