# shellcheck shell=bash
title="pgbench: every script in every protocol"
packages="postgresql-contrib postgresql-15"

version() {
  "$(pg_config --bindir)/pgbench" --version
}

# Passed is a run without an error whose balances add up.
suite() {
  local pgbench script mode
  pgbench=$(pg_config --bindir)/pgbench
  if "$pgbench" -q -i -s 2; then echo pass initialisation; else echo fail initialisation; fi
  for script in tpcb-like simple-update select-only; do
    for mode in simple extended prepared; do
      if "$pgbench" -n -b "$script" -M "$mode" -c 8 -j 2 -t 200 && balanced "$script"; then
        echo "pass $script $mode"
      else
        echo "fail $script $mode"
      fi
    done
  done | grep -E '^(pass|fail)'
}

balanced() {
  [ "$1" != tpcb-like ] ||
    [ "$(psql -X -At -c 'SELECT (SELECT sum(bbalance) FROM pgbench_branches) = (SELECT sum(tbalance) FROM pgbench_tellers)')" = t ]
}
