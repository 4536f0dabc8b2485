# shellcheck shell=bash
# Its tests connect to a database that they name themselves, with users of three kinds: so does the route.
title="postgres.js (JavaScript)"
packages="nodejs"
checkout=POSTGRES_JS
repository="porsager/postgres"
modes="direct through moved"
database=postgres_js_test
limit=300

version() {
  node -p "require('$(tests_source)/package.json').version"
}

build() {
  cd "$(tests_source)"
  # A test that failed is no reason to leave out those behind it.
  sed -i 's/^    failed$/    false/' tests/test.js
  # Prepared below, on the server itself.
  printf 'export function exec() {}\n' > tests/bootstrap.js
  # Said by each test at its end.
  sed -i "s#process.stdout.write('✅')#process.stdout.write('\\\\npass ' + name + '\\\\n')#" tests/test.js
  sed -i "s#tests\[line\].failed = failed = true#tests[line].failed = failed = true; process.stdout.write('\\\\nfail ' + name + '\\\\n'); console.error(name, err)#" tests/test.js
}

suite() {
  on_server -d postgres -c "SET password_encryption = 'md5'" -c "CREATE USER postgres_js_test" \
    -c "CREATE USER postgres_js_test_md5 PASSWORD 'postgres_js_test_md5'" -c "SET password_encryption = 'scram-sha-256'" \
    -c "CREATE USER postgres_js_test_scram PASSWORD 'postgres_js_test_scram'" \
    -c "ALTER DATABASE $PGDATABASE OWNER TO postgres_js_test"
  cd "$(tests_source)"
  timeout -k 5 100 node tests/index.js | grep -aE '^(pass|fail) ' || true
}
