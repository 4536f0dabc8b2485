# shellcheck shell=bash
# The tests are part of the package.
title="lib/pq (Go)"
packages="golang-go golang-github-lib-pq-dev"
limit=300

version() {
  dpkg-query -W -f '${Version}' golang-github-lib-pq-dev
}

build() {
  export GOPATH=/usr/share/gocode GO111MODULE=off
  go test -vet=off -c -o "$BUILD/lib-pq.test" github.com/lib/pq
}

suite() {
  cd /usr/share/gocode/src/github.com/lib/pq
  "$BUILD/lib-pq.test" -test.v 2>&1 |
    sed -nE 's#^ *--- PASS: ([^ ]+) .*#pass \1#p; s#^ *--- FAIL: ([^ ]+) .*#fail \1#p'
}
