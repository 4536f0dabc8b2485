# shellcheck shell=bash
# Servers and Turnout for one suite in one mode, made anew each time and removed again, so that nothing
# that a suite leaves behind (roles, settings, tables) reaches the next one.
#
# Needs: $work, $turnout, $server_bin, $green_bin and the ports.

turnout_process=""
cutover_process=""

# initdb and the server refuse to run as root.
as_server() {
  if [ "$(id -u)" = 0 ]; then su postgres -s /bin/bash -c "$1"; else bash -c "$1"; fi
}

# A certificate authority, and one certificate for the server and Turnout alike.
make_certificates() {
  local home=$work/tls
  mkdir "$home"
  (
    cd "$home"
    openssl req -x509 -newkey rsa:2048 -nodes -days 7 -subj '/CN=compatibility' -keyout ca.key -out ca.crt \
      -addext 'basicConstraints=critical,CA:TRUE'
    openssl req -newkey rsa:2048 -nodes -subj '/CN=localhost' -keyout server.key -out server.csr
    printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\n' > extensions
    openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 7 -extfile extensions \
      -out server.crt
  ) > "$home/log" 2>&1
  chmod 755 "$home"
}

# start_server NAME PORT PROGRAMS trust|tls
start_server() {
  local name=$1 port=$2 programs=$3 security=$4 home=$work/$1
  mkdir "$home"
  printf '%s\n' "$password" > "$home/password"
  cp "$work"/tls/server.* "$home/"
  [ "$(id -u)" != 0 ] || chown -R postgres "$home"
  chmod 600 "$home/server.key"
  as_server "'$programs/initdb' -D '$home/data' -U postgres -A trust -E UTF8 --locale=C.UTF-8 \
    --pwfile='$home/password'" > "$work/initdb.log"
  as_server "cat >> '$home/data/postgresql.conf'" << SETTINGS
port = $port
listen_addresses = '127.0.0.1'
unix_socket_directories = '$home'
wal_level = logical
fsync = off
max_connections = 200
max_prepared_transactions = 64
max_wal_senders = 20
max_replication_slots = 20
SETTINGS
  if [ "$security" = tls ]; then
    as_server "cat >> '$home/data/postgresql.conf'" << SETTINGS
ssl = on
ssl_cert_file = '$home/server.crt'
ssl_key_file = '$home/server.key'
SETTINGS
    as_server "printf '%s\n' 'hostssl all all 127.0.0.1/32 scram-sha-256' \
      'hostssl replication all 127.0.0.1/32 scram-sha-256' > '$home/data/pg_hba.conf'"
  fi
  as_server "'$programs/pg_ctl' -D '$home/data' -l '$home/log' -t 60 -w start" > "$work/start.log"
}

# What libpq and those who read its variables need to log in, on the server and through Turnout alike.
login() {
  export PGHOST=127.0.0.1 PGUSER=postgres PGDATABASE=${database:-regression} PGCONNECT_TIMEOUT=20
  export ADMIN_PORT=$server_port MODE=$1
  unset PGPASSWORD PGSSLROOTCERT NODE_EXTRA_CA_CERTS
  PGSSLMODE=disable
  case $1 in
    *tls)
      PGSSLMODE=require PGPASSWORD=$password PGSSLROOTCERT=$work/tls/ca.crt
      NODE_EXTRA_CA_CERTS=$PGSSLROOTCERT
      export PGPASSWORD PGSSLROOTCERT NODE_EXTRA_CA_CERTS
      ;;
  esac
  export PGSSLMODE
  case $1 in
    direct*) export PGPORT=$server_port ;;
    *) export PGPORT=$turnout_port ;;
  esac
}

# start_turnout MODE
start_turnout() {
  local mode=$1 options="" secret="" tls="" method="authentication: trust" command=(run)
  if [ "$mode" = through-tls ]; then
    options="?sslmode=verify-full&sslrootcert=$work/tls/ca.crt"
    secret=", password: \"\${env:COMPATIBILITY_PASSWORD}\""
    tls="tls: { mode: require, certificate: $work/tls/server.crt, key: $work/tls/server.key }"
    method=""
  fi
  cat > "$work/turnout.yaml" << CONFIG
admin: 127.0.0.1:$admin_port
state: $work/state
routes:
  compatibility:
    listen: 127.0.0.1:$turnout_port
    $method
    $tls
    limits: { stopTimeout: 1s }
    blue: { url: "postgresql://postgres@127.0.0.1:$server_port/${database:-regression}$options"$secret }
    green: { url: "postgresql://postgres@127.0.0.1:$green_port/${database:-regression}$options"$secret }
CONFIG
  [ "$mode" != moved ] || command=(moves --every "$moves_every" --report "$work/moves.txt")
  COMPATIBILITY_PASSWORD=$password "$turnout" "${command[@]}" --config "$work/turnout.yaml" \
    > "$work/turnout.log" 2>&1 &
  turnout_process=$!
  local tries=0
  until "$server_bin/pg_isready" -q -h 127.0.0.1 -p "$turnout_port"; do
    tries=$((tries + 1))
    if ! kill -0 "$turnout_process" 2> /dev/null || [ $tries -gt 300 ]; then
      cat "$work/turnout.log" >&2
      return 1
    fi
    sleep 0.2
  done
}

# up MODE
up() {
  local mode=$1 security=trust
  case $mode in *tls) security=tls ;; esac
  start_server blue "$server_port" "$server_bin" $security || return 1
  login "$mode"
  make_database "$server_port" || return 1
  case $mode in
    direct*) return ;;
  esac
  start_server green "$green_port" "$green_bin" $security || return 1
  make_database "$green_port" || return 1
  start_turnout "$mode"
}

make_database() {
  [ "${database:-regression}" != postgres ] || return 0
  psql -q -X -p "$1" -d postgres \
    -c "CREATE DATABASE ${database:-regression} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'"
}

# Changes the primary all the time, by the admin API as an operator would, and counts what comes of it:
# a line for each attempt, "switched" or the codes of what was in the way.
cut_over_and_back() {
  local call=cutover answer
  while sleep "$cutover_every"; do
    answer=$(curl -s -X POST -H 'Content-Type: application/json' -d '{"maxPauseMillis": 2000}' \
      "http://127.0.0.1:$admin_port/api/v1/routes/compatibility/$call")
    if grep -q '"outcome" *: *"switched"' <<< "$answer"; then
      echo switched
      if [ $call = cutover ]; then call=rollback; else call=cutover; fi
    else
      grep -o '"code" *: *"[^"]*"' <<< "$answer" | sed 's/.*"\([^"]*\)"$/\1/' | sort -u | tr '\n' ' ' |
        sed 's/ *$//'
      echo
      printf '%s\n' "$answer" >> "$work/refused.json"
    fi
  done
}

start_cutovers() {
  "$turnout" sync --config "$work/turnout.yaml" > "$work/sync.log" 2>&1 || { cat "$work/sync.log" >&2; return 1; }
  "$turnout" verify --config "$work/turnout.yaml" > "$work/verify.log" 2>&1 || { cat "$work/verify.log" >&2; return 1; }
  cut_over_and_back > "$work/cutovers" &
  cutover_process=$!
}

end_process() {
  [ -n "$1" ] && kill "$1" 2> /dev/null || return 0
  local tries=0
  while kill -0 "$1" 2> /dev/null; do
    tries=$((tries + 1))
    if [ $tries -gt 150 ]; then kill -9 "$1" 2> /dev/null; fi
    sleep 0.2
  done
}

# Ends and removes what up() made, whatever of it is there.
down() {
  local name
  end_process "$cutover_process"
  cutover_process=""
  end_process "$turnout_process"
  turnout_process=""
  for name in blue green; do
    if [ -d "$work/$name/data" ]; then
      as_server "'$server_bin/pg_ctl' -D '$work/$name/data' -m immediate -t 60 -w stop" > "$work/stop.log" 2>&1 || true
    fi
    rm -rf "${work:?}/$name"
  done
  rm -rf "$work/state"
}
