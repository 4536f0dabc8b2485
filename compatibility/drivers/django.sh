# shellcheck shell=bash
# Tests of what Django does with a database. It makes its test database only where it does not find it: the
# route's is named. The second database of some tests is SQLite.
title="Django by psycopg2 (Python)"
packages="python3-django python3-psycopg2"
checkout=DJANGO
repository="django/django, of the package's version"
source_package=python-django
database=postgres
limit=600
parts="postgres_tests backends introspection schema transactions transaction_hooks select_for_update queries
  aggregation expressions constraints db_functions bulk_create get_or_create model_fields lookup migrations
  update raw_query datetimes delete many_to_many db_utils"

version() {
  dpkg-query -W -f '${Version}' python3-django
}

build() {
  local source
  source=$(tests_source)
  # The tests alone: the package is the system's.
  rm -rf "$source/django"
  cat > "$source/tests/given_settings.py" << 'PYTHON'
import os
import unittest

from django.test.runner import DiscoverRunner

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": os.environ["PGDATABASE"],
        "USER": os.environ["PGUSER"],
        "PASSWORD": os.environ.get("PGPASSWORD", ""),
        "HOST": os.environ["PGHOST"],
        "PORT": os.environ["PGPORT"],
        "TEST": {"NAME": os.environ["PGDATABASE"]},
    },
    "other": {"ENGINE": "django.db.backends.sqlite3"},
}
SECRET_KEY = "compatibility"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
USE_TZ = False
TEST_RUNNER = "given_settings.Runner"


class Lines(unittest.TextTestResult):
    def stopTest(self, test):
        super().stopTest(test)
        bad = [one for one, _ in self.failures + self.errors] + self.unexpectedSuccesses
        failed = any(getattr(one, "test_case", one) is test for one in bad)
        if failed or not any(one is test for one, _ in self.skipped + self.expectedFailures):
            os.write(3, f"{'fail' if failed else 'pass'} {test.id()}\n".encode())


class Runner(DiscoverRunner):
    def get_resultclass(self):
        return Lines
PYTHON
}

suite() {
  cd "$(tests_source)/tests"
  # shellcheck disable=SC2086 # several names
  PYTHONHASHSEED=0 /usr/bin/python3 runtests.py --settings=given_settings --keepdb --noinput --parallel=1 $parts \
    3>&1 >&2 || true
}
