# shellcheck shell=bash
title="pg_dump, pg_restore, pg_basebackup, pg_receivewal, vacuumdb, clusterdb, reindexdb"
packages="postgresql-15 postgresql-client-15"
limit=300

version() {
  pg_dump --version | sed 's/^pg_dump (PostgreSQL) //'
}

# Text without the random key of \restrict.
same() {
  diff <(grep -v restrict "$1" | sort) <(grep -v restrict "$2" | sort)
}

suite() {
  "$server_bin/pgbench" -q -i -s 2 -p "$ADMIN_PORT" > "$WORK/pgbench.log" 2>&1
  on_server -c "CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TABLE odd (a mood[], b jsonb, c bytea)" \
    -c "INSERT INTO odd VALUES ('{sad,ok}', '{\"a\": [1, null]}', '\\x00ff'); SELECT lo_create(4711); SELECT lo_put(4711, 0, 'large')" > "$WORK/prepare.log"
  attempt plain pg_dump -f "$WORK/plain.sql"
  attempt inserts pg_dump --inserts --rows-per-insert=100 -f "$WORK/inserts.sql"
  attempt custom pg_dump -Fc -f "$WORK/custom.dump"
  attempt directory-of-four-jobs pg_dump -Fd -j 4 -f "$WORK/directory"
  pg_dump -p "$ADMIN_PORT" -f "$WORK/reference.sql"
  attempt same-text same "$WORK/plain.sql" "$WORK/reference.sql"
  attempt restore pg_restore --clean --if-exists -d "$PGDATABASE" "$WORK/custom.dump"
  attempt restore-of-four-jobs pg_restore --clean --if-exists -j 4 -d "$PGDATABASE" "$WORK/directory"
  attempt restore-in-one-transaction pg_restore --clean --if-exists -1 -d "$PGDATABASE" "$WORK/custom.dump"
  pg_dump -p "$ADMIN_PORT" -f "$WORK/again.sql"
  attempt same-after-restore same "$WORK/again.sql" "$WORK/reference.sql"
  attempt pg_basebackup "$server_bin/pg_basebackup" -D "$WORK/backup" -X stream -c fast
  attempt pg_receivewal "$server_bin/pg_receivewal" -D "$WORK" --endpos="$(on_server -At -c 'SELECT pg_current_wal_lsn()')" --no-loop
  attempt vacuumdb "$server_bin/vacuumdb" -j 2 "$PGDATABASE"
  attempt clusterdb "$server_bin/clusterdb" "$PGDATABASE"
  attempt reindexdb "$server_bin/reindexdb" -j 2 "$PGDATABASE"
}
