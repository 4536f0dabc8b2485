# shellcheck shell=bash
# Passed is a run without an error whose balances add up.
title="pgbench: every script in every protocol"
packages="postgresql-contrib postgresql-15"
modes="direct through direct-tls through-tls moved cutover"
# Its tables are there before, for green has to find the rows.
left_out="initialisation"
limit=300

version() {
  "$server_bin/pgbench" --version | sed 's/^pgbench (PostgreSQL) //'
}

# As its initialisation makes them, with a key where it makes none: green has to find the rows.
schema() {
  "$server_bin/pgbench" -q -i -s 2
  psql -q -X -c 'ALTER TABLE pgbench_history ADD COLUMN number bigserial PRIMARY KEY'
  local table
  for table in accounts branches tellers history; do
    pg_dump -s -t "pgbench_$table"
  done | psql -q -X -p "$GREEN_PORT"
}

suite() {
  local script mode turns=200
  if [ "$MODE" = cutover ]; then
    turns=1500
  else
    attempt initialisation "$server_bin/pgbench" -q -i -s 2
  fi
  [ "$MODE" != moved ] || turns=1500
  for script in tpcb-like simple-update select-only; do
    for mode in simple extended prepared; do
      attempt "$script $mode" balanced "$script" "$mode" "$turns"
    done
  done
}

balanced() {
  "$server_bin/pgbench" -n -b "$1" -M "$2" -c 8 -j 2 -t "$3" || return 1
  [ "$1" != tpcb-like ] ||
    [ "$(psql -X -At -c 'SELECT (SELECT sum(bbalance) FROM pgbench_branches) = (SELECT sum(tbalance) FROM pgbench_tellers)')" = t ]
}
