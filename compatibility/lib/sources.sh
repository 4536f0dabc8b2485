# shellcheck shell=bash
# Where the tests of drivers come from: source packages of the system, and checkouts that the caller has.

# Lists of source packages of our own, next to those of the system, which need not have them.
source_lists() {
  local apt=$work/apt file
  [ ! -d "$apt" ] || return 0
  mkdir -p "$apt/lists/partial" "$apt/parts" "$apt/cache/archives/partial"
  for file in /etc/apt/sources.list.d/*.sources; do
    [ ! -f "$file" ] || sed 's/^Types:.*/Types: deb-src/' "$file" > "$apt/parts/${file##*/}"
  done
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [ ! -f "$file" ] || sed -n 's/^deb /deb-src /p' "$file" > "$apt/parts/${file##*/}.list"
  done
  # Of the archives only those of the distribution itself: others seldom have sources.
  grep -L -i -E 'debian|ubuntu' "$apt"/parts/* | xargs -r rm -f
  apt_get update > "$apt/log" 2>&1
}

apt_get() {
  apt-get -q -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$work/apt/parts" \
    -o Dir::State::Lists="$work/apt/lists" -o Dir::Cache::srcpkgcache= -o Dir::Cache::pkgcache= \
    -o APT::Sandbox::User=root "$@"
}

# debian_source PACKAGE: unpacks its source under $BUILD and prints where.
debian_source() {
  local found
  if ! compgen -G "$BUILD/$1/*/" > /dev/null; then
    source_lists
    mkdir -p "$BUILD/$1"
    if ! (cd "$BUILD/$1" && apt_get source "$1") > "$BUILD/$1.log" 2>&1; then
      tail -3 "$BUILD/$1.log" >&2
      return 1
    fi
  fi
  found=("$BUILD/$1"/*/)
  printf '%s\n' "${found[0]%/}"
}

# Prints where the tests of the driver file are: a copy of the checkout that the caller named, else the
# source of the package.
tests_source() {
  local named=""
  # shellcheck disable=SC2154 # set by the driver file
  [ -z "${checkout:-}" ] || named=${!checkout:-}
  if [ -n "$named" ]; then
    if [ ! -d "$BUILD/$checkout" ]; then cp -r "$named" "$BUILD/$checkout"; fi
    printf '%s\n' "$BUILD/$checkout"
  else
    debian_source "$source_package"
  fi
}
