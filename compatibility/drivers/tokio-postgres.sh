# shellcheck shell=bash
# The tests of the package, which is built with the crates of the system. They connect without TLS; with `trust`
# the six fail that want a password to be asked for.
title="tokio-postgres (Rust)"
packages="librust-tokio-postgres-dev librust-tokio-dev"
modes="direct through moved"
database=postgres
limit=300

version() {
  dpkg-query -W -f '${Version}' librust-tokio-postgres-dev
}

build() {
  local crate=("/usr/share/cargo/registry/tokio-postgres-"*)
  cp -rL "${crate[0]}" "$BUILD/tokio-postgres-run"
  cd "$BUILD/tokio-postgres-run"
  # Without the crates that only its benchmarks and the tests of other crates' types need.
  awk '/^\[/ { keep = !/^\[\[bench/ && (!/^\[dev-dependencies\./ || /\.tokio\]/) } keep' Cargo.toml > kept
  mv kept Cargo.toml
  rm -rf benches
  mkdir .cargo
  printf '[source.crates-io]\nreplace-with = "system"\n[source.system]\ndirectory = "/usr/share/cargo/registry"\n' \
    > .cargo/config.toml
  # Where the tests name a port, the one that is given.
  sed -i 's/"127.0.0.1:5433"/given::socket()/' tests/test/main.rs
  sed -i 's/tokio_postgres::connect(/crate::given::connect(/' tests/test/runtime.rs
  cat >> tests/test/main.rs << 'RUST'

mod given {
    use tokio_postgres::{tls::NoTlsStream, Client, Connection, Error, NoTls, Socket};

    fn port() -> String {
        std::env::var("PGPORT").unwrap()
    }

    pub fn socket() -> String {
        format!("127.0.0.1:{}", port())
    }

    pub async fn connect(to: &str, tls: NoTls) -> Result<(Client, Connection<Socket, NoTlsStream>), Error> {
        tokio_postgres::connect(&to.replace("5433", &port()), tls).await
    }
}
RUST
  cargo test --offline --no-run --test test
}

suite() {
  local program round
  on_server -c "CREATE ROLE pass_user LOGIN PASSWORD 'password'" -c "CREATE ROLE md5_user LOGIN PASSWORD 'password'" \
    -c "CREATE ROLE scram_user LOGIN PASSWORD 'password'" -c 'CREATE EXTENSION hstore' -c 'CREATE EXTENSION citext' \
    -c 'CREATE EXTENSION ltree'
  cd "$BUILD/tokio-postgres-run"
  program=$(find target/debug/deps -name 'test-*' -executable -type f)
  # All of them take a second: several times, so that moves of sessions fall among them.
  for round in 1 2 3 4 5 6 7 8; do
    RUST_BACKTRACE=0 "$program" || true
  done > "$WORK/output" 2>&1
  sed -nE 's/^test ([^ ]+) \.\.\. ok$/pass \1/p; s/^test ([^ ]+) \.\.\. FAILED$/fail \1/p' "$WORK/output"
  grep -v '^test ' "$WORK/output" >&2
}
