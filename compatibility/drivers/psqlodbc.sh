# shellcheck shell=bash
# Each test is a program whose output has to be what its authors expect; all of them with each way of the
# driver to fetch, to prepare and to roll back.
title="psqlODBC (C)"
packages="gcc unixodbc-dev libpq-dev odbc-postgresql"
checkout=PSQLODBC
repository="postgresql-interfaces/psqlodbc, of the package's version"
source_package=psqlodbc
database=contrib_regression
limit=600

version() {
  dpkg-query -W -f '${Version}' odbc-postgresql
}

build() {
  local source file
  source=$(tests_source)/test
  mkdir -p "$BUILD/psqlodbc-run/exe"
  cd "$BUILD/psqlodbc-run"
  # Of what configure makes the tests need nothing.
  touch config.h
  for file in "$source"/src/*-test.c; do
    gcc -w -DWITH_UNIXODBC -DHAVE_SSIZE_T -I. -I"$source" -I"$(pg_config --includedir)" "$file" "$source/src/common.c" -lodbc -o "exe/$(basename "$file" .c)" ||
      echo "not built: $file" >&2
  done
  gcc -w "$source/runsuite.c" -o runsuite
}

suite() {
  local source fetch prepare protocol way
  source=$(tests_source)/test
  cd "$WORK"
  cp -r "$BUILD/psqlodbc-run"/* .
  mkdir results
  export ODBCSYSINI=$WORK ODBCINSTINI=odbcinst.ini ODBCINI=$WORK/odbc.ini
  for way in Unicode:w ANSI:a; do
    printf '[PostgreSQL %s]\nDriver = %s\n' "${way%:*}" "$(dpkg -L odbc-postgresql | grep "/psqlodbc${way#*:}.so$")"
  done > odbcinst.ini
  for fetch in 0 1; do
    for prepare in 1 0; do
      for protocol in 2 1 0; do
        way="UseDeclareFetch=$fetch UseServerSidePrepare=$prepare Protocol=7.4-$protocol"
        data_source psqlodbc_test_dsn Unicode "$way" > odbc.ini
        data_source psqlodbc_test_dsn_ansi ANSI "$way" >> odbc.ini
        on_server -c 'DROP FOREIGN DATA WRAPPER IF EXISTS testfdw CASCADE' -c 'DROP SCHEMA public CASCADE' \
          -c 'CREATE SCHEMA public' -f "$source/sampletables.sql" >&2
        # shellcheck disable=SC2046 # several names
        timeout -k 5 200 ./runsuite $(sed -nE 's#.*exe/([a-z-]+)-test.*#\1#p' "$source/tests") --inputdir="$source" 2>&1 |
          tee -a output | sed -nE "s#^ok [0-9]+ - (.*)#pass \1 $way#p; s#^not ok [0-9]+ - ([^ ]+) .*#fail \1 $way#p" || true
        [ ! -f regression.diffs ] || { cat regression.diffs >&2; rm regression.diffs; }
      done
    done
  done
}

data_source() {
  printf '[%s]\nDriver = PostgreSQL %s\nDatabase = %s\nServername = %s\nPort = %s\nUsername = %s\nPassword = %s\n' \
    "$1" "$2" "$PGDATABASE" "$PGHOST" "$PGPORT" "$PGUSER" "${PGPASSWORD:-}"
  printf "SSLmode = %s\nReadOnly = No\nRowVersioning = No\nShowSystemTables = No\nShowOidColumn = No\n" "$PGSSLMODE"
  printf "FakeOidIndex = No\nConnSettings = set lc_messages='C'\n"
  tr ' ' '\n' <<< "$3"
}
