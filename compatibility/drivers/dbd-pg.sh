# shellcheck shell=bash
title="DBD::Pg (Perl)"
packages="libdbd-pg-perl perl"
checkout=DBDPG
repository="bucardo/dbdpg, of the package's version"
source_package=libdbd-pg-perl
limit=300

version() {
  dpkg-query -W -f '${Version}' libdbd-pg-perl
}

build() {
  tests_source
}

# A test is known by its file, its number and what it says.
suite() {
  local file
  cd "$(tests_source)"
  export DBI_DSN="dbi:Pg:dbname=$PGDATABASE;host=$PGHOST;port=$PGPORT" DBI_USER=$PGUSER DBI_PASS=${PGPASSWORD:-}
  # The same order of keys, and so of tests, each time.
  export PERL_HASH_SEED=0 PERL_PERTURB_KEYS=0 DBDPG_TEST_ALWAYS_ENV=1 DBDPG_TEST_NOHELPFILE=1
  for file in t/0[0-9][a-z]*.t t/1*.t t/2*.t t/3*.t; do
    # What is made of the time and of addresses differs each time.
    perl -Ilib "$file" < /dev/null 2>&1 | sed -E 's/0x[0-9a-f]+/0x/g' |
      sed -nE "s#^ok ([0-9]+) *#pass $file \1 #p; s#^not ok ([0-9]+) *#fail $file \1 #p" || true
  done
}
