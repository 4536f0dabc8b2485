# shellcheck shell=bash
# Its helpers start a server of their own; here they are told of the one that is there. Without what needs a
# socket in the file system, which a route has not.
title="ruby-pg (Ruby)"
packages="ruby ruby-pg ruby-rspec"
checkout=RUBY_PG
repository="ged/ruby-pg, of the package's version"
source_package=ruby-pg
database="test"
limit=600

version() {
  dpkg-query -W -f '${Version}' ruby-pg
}

build() {
  local source
  source=$(tests_source)
  # The tests alone: the package is the system's.
  rm -rf "${source:?}"/{lib,ext,.rspec}
  # A port below those that systems give to outgoing connections.
  sed -i 's/54320/26320/' "$source"/spec/pg/*.rb
  cat > "$source/spec/given_server.rb" << 'RUBY'
require_relative 'helpers'
module PG::TestingHelpers
  def self.stop_existing_postmasters; end

  class PostgresServer
    def initialize(name, port:, **)
      @name = name
      @port = port
      @conninfo = "host=localhost port=#{port} dbname=test"
      @unix_socket = TEST_DIR_STR
    end

    def create_test_db; end

    def teardown; end
  end
end
# These three do not end in their time with the server either.
RSpec.configure do |config|
  config.filter_run_excluding full_description: /Fiber scheduler (can send lots of data per put_copy|waits when sending query|should convert strings and parameters to #prepare )/
end
RUBY
}

suite() {
  cd "$(tests_source)"
  RUBY_PG_TEST_DIR=$WORK rspec --order defined -r ./spec/given_server.rb \
    --tag '~unix_socket' -f json -o "$WORK/report" spec >&2 || true
  /usr/bin/python3 - "$WORK/report" << 'PYTHON'
import json, re, sys
for example in json.load(open(sys.argv[1]))["examples"]:
    name = re.sub(r"0x[0-9a-f]+|\s+", " ", example["full_description"])
    word = {"passed": "pass", "failed": "fail"}.get(example["status"])
    if word:
        print(word, example["file_path"], name)
    if word == "fail":
        sys.stderr.write(f"{name}: {example['exception']['class']} {example['exception']['message'][:500]}\n")
PYTHON
}
