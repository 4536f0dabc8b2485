# shellcheck shell=bash
# The core regression tests: psql says what the files of src/test/regress/sql say, in up to 20 sessions
# at once. Passed is a test whose output is to the byte what is expected. The sources come from the
# package archive of the system, which needs a `deb-src` entry. An expectation of another minor release
# than the server's may fail in both columns.
title="PostgreSQL's core regression tests, by psql"
packages="postgresql-15 postgresql-server-dev-15 dpkg-dev gcc"

version() {
  psql --version
}

sources() {
  local versions found
  versions=$(apt-cache showsrc postgresql-15 | sed -n 's/^Version: //p' | sort -u)
  for found in $versions; do
    (cd "$1" && apt-get source -qq "postgresql-15=$found") > "$1/source.log" 2>&1 && return
  done
  cat "$1/source.log" >&2
  return 1
}

suite() {
  local tests programs
  programs=$(pg_config --bindir)
  chmod 755 "$WORK"
  sources "$WORK"
  tests=$(echo "$WORK"/postgresql-15-*/src/test/regress)
  chmod -R a+rX "$WORK"
  gcc -O1 -fPIC -shared -w -I"$(pg_config --includedir-server)" -o "$tests/regress.so" "$tests/regress.c"
  cp "$(pg_config --pkglibdir)"/{refint,autoinc}.so "$tests/"
  local admin="psql -q -X -p $ADMIN_PORT" setting
  for setting in "lc_messages = 'C'" "bytea_output = 'hex'" "timezone_abbreviations = 'Default'"; do
    $admin -c "ALTER DATABASE regression SET $setting"
  done
  $admin -At -c "SELECT format('DROP ROLE %I;', rolname) FROM pg_roles WHERE rolname LIKE 'regress%'" | $admin
  mkdir -m 777 "$WORK/output"
  as_server "'$(pg_config --pkglibdir)/pgxs/src/test/regress/pg_regress' --use-existing --host=127.0.0.1 \
    --port=$PGPORT --user=postgres --inputdir='$tests' --outputdir='$WORK/output' --dlpath='$tests' \
    --bindir='$programs' --schedule='$tests/parallel_schedule' --max-concurrent-tests=20 \
    --dbname=regression" 2>&1 |
    sed -nE 's/^(test| +) +([a-z0-9_]+) +\.\.\. +ok .*/pass \2/p; s/^(test| +) +([a-z0-9_]+) +\.\.\. +FAILED .*/fail \2/p'
}
