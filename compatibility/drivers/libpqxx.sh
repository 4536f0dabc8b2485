# shellcheck shell=bash
# Its two programs, built against the package's library; each test runs in a process of its own.
title="libpqxx (C++)"
packages="g++ libpqxx-dev libpq-dev"
checkout=LIBPQXX
repository="jtv/libpqxx, of the package's version"
source_package=libpqxx
limit=300

version() {
  dpkg-query -W -f '${Version}' libpqxx-dev
}

build() {
  local source part file
  source=$(tests_source)
  for part in test test/unit; do
    mkdir -p "$BUILD/libpqxx-run/$part"
    for file in "$source/$part"/*.cxx; do
      g++ -std=c++17 -I"$source/test" -I"$(pg_config --includedir)" -c "$file" -o "$BUILD/libpqxx-run/$part/$(basename "$file" .cxx).o"
    done
    g++ "$BUILD/libpqxx-run/$part"/*.o -lpqxx -lpq -o "$BUILD/libpqxx-run/$part/runner"
  done
}

suite() {
  local part name status
  cd "$WORK"
  for part in test test/unit; do
    # Without a name it runs all of them, and says their names.
    "$BUILD/libpqxx-run/$part/runner" 2> /dev/null | sed -n 's/^Running: //p' | while IFS= read -r name; do
      status=pass
      timeout -k 5 60 "$BUILD/libpqxx-run/$part/runner" "$name" > "$WORK/output" 2>&1 < /dev/null || status=fail
      echo "$status $part $name"
      [ $status = pass ] || tail -15 "$WORK/output" >&2
    done
  done
}
