# shellcheck shell=bash
# psql's commands and small tools. Passed is what succeeds and says the same as on the server itself.
title="psql's commands, pg_isready, createuser, dropuser"
packages="postgresql-client-15"
modes="direct through direct-tls through-tls moved cutover"
# What makes roles, and what tells of publications and helper tables.
left_out='createuser
dropuser
\\d
\\d+*
\\dRp
\\dRs
\\dn*'
limit=300

version() {
  psql --version | sed 's/^psql (PostgreSQL) //'
}

commands() {
  cat << 'COMMANDS'
\d
\d+
\da
\dA+
\dAc
\db+
\dconfig
\dc
\dC
\ddp
\dD+
\des+
\deu
\dew
\dE
\det
\df sh.*
\df+ sh.*
\dF
\dFd
\dFp
\dFt
\dg+
\di+ sh.*
\dl
\dL
\dm sh.*
\dn+
\do sh.*
\dO pg_catalog."C"
\dp sh.*
\dP sh.*
\drds
\dRp
\dRs
\ds sh.*
\dt+ sh.*
\dT+ sh.*
\du
\dv sh.*
\dx
\dX
\dy
\d+ sh.item
\d+ sh.kind
\sf sh.twice
\sv+ sh.dear
\l regression
\z sh.item
\encoding
\echo :SERVER_VERSION_NUM
SELECT * FROM sh.item ORDER BY id \gx
SELECT id, name, price FROM sh.item ORDER BY id \crosstabview name id price
SELECT 'SELECT ' || id FROM sh.item ORDER BY id \gexec
SELECT id AS one FROM sh.item WHERE id = 1 \gset x_ \\ \echo :x_one
SELECT id, price FROM sh.item \gdesc
SELECT $1::int + $2::int \bind 1 2 \g
\copy (SELECT * FROM sh.item ORDER BY id) TO STDOUT
\copy sh.item TO PROGRAM 'sort'
SELECT 1 / 0;
SELECT pg_sleep(0.01) \; SELECT 2;
DO $$ BEGIN RAISE NOTICE 'said'; RAISE WARNING 'warned'; END $$;
BEGIN; SAVEPOINT a; SELECT nothing; ROLLBACK TO a; SELECT 3; COMMIT;
\set FETCH_COUNT 2 \\ SELECT id FROM sh.item ORDER BY id;
\set ON_ERROR_ROLLBACK on \\ BEGIN; SELECT nothing; SELECT 4; COMMIT;
\set AUTOCOMMIT off \\ SELECT 5; COMMIT;
\errverbose
EXPLAIN (COSTS off) SELECT * FROM sh.item;
COMMANDS
}

made() {
  cat << 'SQL'
CREATE SCHEMA sh;
CREATE TYPE sh.kind AS ENUM ('good', 'bad');
CREATE TABLE sh.item (id int PRIMARY KEY, name text, price numeric(10,2) DEFAULT 1, kind sh.kind);
CREATE VIEW sh.dear AS SELECT * FROM sh.item WHERE price > 2;
CREATE FUNCTION sh.twice(a int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT a * 2';
COMMENT ON TABLE sh.item IS 'zwölf';
SQL
}

rows() {
  psql -q -X "$@" -c "INSERT INTO sh.item SELECT n, 'ž' || n, n / 2.0, 'good' FROM generate_series(1, 5) n"
}

schema() {
  made | psql -q -X
  made | psql -q -X -p "$GREEN_PORT"
  rows
}

suite() {
  local line number=0
  if [ "$MODE" != cutover ]; then
    made | on_server
    rows -p "$ADMIN_PORT"
    attempt createuser createuser compatibility_one
    attempt dropuser dropuser compatibility_one
  fi
  attempt pg_isready pg_isready
  attempt psql-list psql -X -l
  while read -r line; do
    number=$((number + 1))
    printf '%s\n' "$line" > "$WORK/$number.sql"
    attempt "$line" says_the_same "$WORK/$number"
  done < <(commands | comparable)
  # Slow enough for a session to be moved between one command and the next.
  commands | comparable | sed 's/$/\n\\echo\nSELECT FROM pg_sleep(0.1);/' > "$WORK/all.sql"
  attempt 'all of them in one session' says_the_same "$WORK/all"
}

# While a sync runs, descriptions of tables name what Turnout made on the primary.
comparable() {
  if [ "$MODE" = cutover ]; then grep -v -e '^\\dRp' -e '^\\d+' -e '^\\dRs' -e '^\\dn' -e '^\\d$'; else cat; fi
}

says_the_same() {
  psql -X -f "$1.sql" > "$1.through" 2>&1 || true
  psql -X -p "$ADMIN_PORT" -f "$1.sql" > "$1.direct" 2>&1 || true
  diff "$1.through" "$1.direct"
}
