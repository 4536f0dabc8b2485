# shellcheck shell=bash
# The whole of its JUnit tests, compiled against the released driver. What needs other databases, servers
# or certificates is switched off as its own build does it.
title="pgjdbc (Java)"
packages="maven"
checkout=PGJDBC
repository="pgjdbc/pgjdbc, at the tag of a release, REL42.7.13 for example"
modes="direct through direct-tls through-tls moved"
limit=2400

version() {
  sed -n 's/^pgjdbc.version=//p' "$(tests_source)/gradle.properties"
}

build() {
  local source
  source=$(tests_source)
  mvn -B -ntp -q -f "$HERE/pgjdbc/pom.xml" -Dcheckout="$source" -Dpgjdbc.version="$(version)" \
    -Dbuild="$BUILD/pgjdbc-target" test-compile dependency:build-classpath -Dmdep.outputFile="$BUILD/pgjdbc-classpath"
}

suite() {
  local source options=()
  source=$(tests_source)
  on_server -c "CREATE ROLE test LOGIN PASSWORD 'test' CREATEDB" -c 'GRANT ALL ON SCHEMA public TO test' \
    -c "ALTER DATABASE $PGDATABASE OWNER TO test" -c 'CREATE EXTENSION hstore'
  case $MODE in *tls) options=(-Dtest.url.sslmode=verify-full "-Dtest.url.sslrootcert=$PGSSLROOTCERT") ;; esac
  cd "$source/pgjdbc"
  java -Xmx1g -XX:+EnableDynamicAgentLoading -Duser.language=tr -Duser.country=TR -Djava.awt.headless=true \
    -Dtest.url.PGHOST=localhost "-Dtest.url.PGPORT=$PGPORT" "-Dtest.url.PGDBNAME=$PGDATABASE" "${options[@]}" \
    -Duser=test -Dpassword=test -DprivilegedUser=postgres "-DprivilegedPassword=${PGPASSWORD:-}" \
    -Dbuild.properties.relative.path="$source" -Djunit.jupiter.execution.timeout.default=1m \
    -cp "$BUILD/pgjdbc-target/test-classes:$BUILD/pgjdbc-target/classes:$(cat "$BUILD/pgjdbc-classpath")" \
    org.junit.platform.console.ConsoleLauncher execute --scan-classpath "$BUILD/pgjdbc-target/test-classes" \
    --config junit.jupiter.extensions.autodetection.enabled=true --disable-banner --details=none \
    --reports-dir "$WORK" > "$WORK/output" 2>&1 || true
  tail -15 "$WORK/output" >&2
  /usr/bin/python3 "$HERE/lib/junit" "$WORK"/TEST-*.xml
}
