# shellcheck shell=bash
# The tests are part of the package.
title="lib/pq: its own tests"
packages="golang-go golang-github-lib-pq-dev"

version() {
  dpkg-query -W -f '${Version}' golang-github-lib-pq-dev
}

suite() {
  export GOPATH=/usr/share/gocode GO111MODULE=off
  go test -count=1 -vet=off -v github.com/lib/pq 2>&1 |
    sed -nE 's#^ *--- PASS: ([^ ]+) .*#pass \1#p; s#^ *--- FAIL: ([^ ]+) .*#fail \1#p'
}
