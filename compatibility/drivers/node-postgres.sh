# shellcheck shell=bash
# Each file of its integration tests is a program that ends with status 0 when all in it is as expected.
title="node-postgres: pg (JavaScript)"
packages="nodejs"
checkout=NODE_POSTGRES
repository="brianc/node-postgres"
limit=600

version() {
  node -p "require('$(tests_source)/packages/pg/package.json').version"
}

build() {
  cd "$(tests_source)"
  # The packages of the repository that are written in TypeScript are taken as they were released.
  local packages
  packages=$(node -p "const p = require('./packages/pg/package.json');
    Object.entries({...p.dependencies, async: '2.6.4', bluebird: '3.7.2', co: '4.6.0', 'pg-copy-streams': '0.3.0'})
      .map(([name, version]) => name + '@' + version).join(' ')")
  mkdir -p "$BUILD/node-postgres-run"
  cp -r packages/pg/lib packages/pg/test packages/pg/package.json "$BUILD/node-postgres-run/"
  cd "$BUILD/node-postgres-run"
  node -e "const fs = require('fs'), p = require('./package.json'); delete p.devDependencies; delete p.peerDependencies;
    delete p.optionalDependencies; fs.writeFileSync('package.json', JSON.stringify(p))"
  # shellcheck disable=SC2086 # several packages
  npm install --no-audit --no-fund --no-save $packages
  cd node_modules && rm -rf pg && ln -s .. pg
}

suite() {
  local file
  cd "$BUILD/node-postgres-run"
  export PGTESTNOSSL=true
  find test/integration -name '*-tests.js' | LC_ALL=C sort | while read -r file; do
    if timeout -k 5 60 node "$file" > "$WORK/output" 2>&1 < /dev/null; then
      echo "pass $file"
    else
      echo "fail $file"
      { echo "$file"; tail -15 "$WORK/output"; } >&2
    fi
  done
}
