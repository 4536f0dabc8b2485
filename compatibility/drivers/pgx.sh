# shellcheck shell=bash
# The tests are part of the packages.
title="pgx 4 with its pool and database/sql, pgconn (Go)"
packages="golang-go golang-github-jackc-pgx-v4-dev golang-github-jackc-pgconn-dev golang-github-jackc-pgtype-dev golang-github-masterminds-semver-dev golang-github-jackc-pgmock-dev"
limit=600
parts="pgx/v4 pgx/v4/stdlib pgx/v4/pgxpool pgconn"

version() {
  dpkg-query -W -f '${Version}' golang-github-jackc-pgx-v4-dev
}

build() {
  export GOPATH=/usr/share/gocode GO111MODULE=off
  local part
  for part in $parts; do
    go test -vet=off -c -o "$BUILD/${part//\//-}.test" "github.com/jackc/$part"
  done
}

suite() {
  on_server -c 'CREATE EXTENSION hstore' -c 'CREATE DOMAIN uint64 AS numeric(20,0)'
  export PGX_TEST_DATABASE="host=$PGHOST port=$PGPORT user=$PGUSER dbname=$PGDATABASE sslmode=$PGSSLMODE"
  export PGX_TEST_CONN_STRING=$PGX_TEST_DATABASE PGX_TEST_TCP_CONN_STRING=$PGX_TEST_DATABASE
  local part
  for part in $parts; do
    cd "/usr/share/gocode/src/github.com/jackc/$part"
    "$BUILD/${part//\//-}.test" -test.v 2>&1 |
      sed -nE "s#^ *--- PASS: ([^ ]+) .*#pass $part \1#p; s#^ *--- FAIL: ([^ ]+) .*#fail $part \1#p" || true
  done
}
