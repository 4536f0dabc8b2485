# shellcheck shell=bash
# What came of a suite, and the document made of it.
#
# results/NAME.txt has a line for each fact, its parts separated by tabs:
#
#   title, version, server, date    for the table
#   run MODE PASSED TESTS SECONDS
#   cut MODE                        the suite did not end in its time
#   differs MODE TEST WITH-THE-SERVER THROUGH-TURNOUT
#   failed MODE                     no test ran, or what it needs could not be made
#   unsteady MODE TEST WITH-THE-SERVER THROUGH-TURNOUT
#                                   passed once and failed once, on one way or on both
#   absent MODE N M                 tests that ran with the server only, and through Turnout only: those
#                                   behind a failure that ended their file, or of another name each time
#   moves TEXT, cutovers TEXT       what the moves came to
#
# A test is known by name; one that is there several times has passed when each of them did. A suite
# whose result differs is run twice on both ways: what differs is only what differs each time. What passes
# each time with the server and not each time through Turnout counts as well.

# outcomes FILE...: "TEST<tab>OUTCOME" for each test of the rounds in the files: pass, fail or both.
outcomes() {
  local file
  for file in "$@"; do
    [ ! -f "$file" ] || awk '{
        outcome = $1; sub(/^[^ ]+ /, "")
        if (outcome == "fail" || !($0 in of)) of[$0] = outcome
      } END { for (test in of) print test "\t" of[test] }' "$file"
  done | awk -F'\t' '{
      if (!($1 in of)) of[$1] = $2; else if (of[$1] != $2) of[$1] = "both"
    } END { for (test in of) print test "\t" of[test] }' | LC_ALL=C sort
}

passed_of() {
  outcomes "$@" | awk -F'\t' '$2 != "fail" { passed++ } END { printf "%d of %d passed", passed, NR }'
}

# compared DIRECTORY MODE: "TEST<tab>WITH-THE-SERVER<tab>THROUGH-TURNOUT" where they are not the same. While
# blue and green change places a suite does not run what its driver file leaves out.
compared() {
  local base test with through
  base=$(baseline "$2")
  [ -f "$1/$base.1" ] && [ -f "$1/$2.1" ] || return 0
  LC_ALL=C join -t $'\t' -a 1 -a 2 -e absent -o 0,1.2,2.2 \
    <(outcomes "$1/$base".[12]) <(outcomes "$1/$2".[12]) | awk -F'\t' '$2 != $3' |
    while IFS=$'\t' read -r test with through; do
      [ "$2 $through" = "cutover absent" ] && is_left_out "$1/left_out" "$test" ||
        printf '%s\t%s\t%s\n' "$test" "$with" "$through"
    done
}

# is_left_out FILE TEST: whether one of the patterns in the file is the test's.
is_left_out() {
  local pattern
  while IFS= read -r pattern; do
    # shellcheck disable=SC2053 # a pattern
    [[ -n $pattern && $2 == $pattern ]] && return 0
  done < "$1"
  return 1
}

# The modes of a suite whose first round differs from that without Turnout.
differing() {
  local mode
  for mode in through through-tls moved cutover; do
    [ -z "$(compared "$1" "$mode")" ] || printf '%s ' "$mode"
  done
}

# write_result NAME TITLE VERSION DIRECTORY: what was run now, and of an earlier run what was not.
write_result() {
  local mode counts
  printf 'title\t%s\nversion\t%s\n' "$2" "$3"
  printf 'server\t%s\ndate\t%s\n' "$("$server_bin/postgres" --version | sed 's/^postgres (PostgreSQL) //')" "$(date +%F)"
  for mode in $all_modes; do
    [ -f "$4/$mode.1" ] || continue
    counts=$(outcomes "$4/$mode".[12] | awk -F'\t' '$2 != "fail" { passed++ } END { printf "%d\t%d", passed, NR }')
    printf 'run\t%s\t%s\t%s\n' "$mode" "$counts" "$(cat "$4/$mode.seconds")"
  done
  [ ! -f "$4/cut" ] || sort -u "$4/cut" | sed 's/^/cut\t/'
  [ ! -f "$4/failed" ] || sort -u "$4/failed" | sed 's/^/failed\t/'
  for mode in through through-tls moved cutover; do
    compared "$4" "$mode" | awk -F'\t' -v mode="$mode" '
      $3 == "absent" { with++; next }
      $2 == "absent" { through++; next }
      $2 == "both" || $3 == "both" { print "unsteady\t" mode "\t" $1 "\t" $2 "\t" $3; next }
      { print "differs\t" mode "\t" $1 "\t" $2 "\t" $3 }
      END { if (with + through) print "absent\t" mode "\t" with + 0 "\t" through + 0 }'
  done
  [ ! -f "$results/$1.txt" ] || awk -F'\t' -v now="$(cd "$4" && ls -- *.1)" '
    BEGIN { split(now, files, "\n"); for (i in files) { sub(/\.1$/, "", files[i]); run[files[i]] = 1 } }
    $1 == "moves" { if (!("moved" in run)) print; next }
    $1 == "cutovers" { if (!("cutover" in run)) print; next }
    $1 ~ /^(run|cut|failed|differs|unsteady|absent)$/ && !($2 in run)' "$results/$1.txt"
  [ ! -f "$4/moves" ] || printf 'moves\t%s\n' "$(paste -sd ';' "$4/moves" | sed 's/;/; /g')"
  [ ! -f "$4/cutovers" ] || printf 'cutovers\t%s\n' "$(cat "$4/cutovers")"
}

# count_cutovers FILE: how many there were, and what kept others from being.
count_cutovers() {
  sort "$1" | uniq -c | awk '{ n = $1; $1 = ""; sub(/^ /, ""); printf "%s%d %s", (NR > 1 ? "; " : ""), n, $0 }'
}

# The sentence of explained.txt for a difference: explanation NAME MODE TEST. Its lines are
# SUITE|MODE|PATTERN|SENTENCE, with the patterns of the shell; an empty mode is each of them.
explanation() {
  local suite mode pattern sentence
  while IFS='|' read -r suite mode pattern sentence; do
    # shellcheck disable=SC2053 # a pattern
    if [[ $suite == "$1" && (-z $mode || " $mode " == *" $2 "*) && $3 == $pattern ]]; then
      printf '%s' "$sentence"
      return
    fi
  done < <(grep -v '^#' "$here/explained.txt")
}

# unexplained FILE NAME: the differences of a result that explained.txt does not explain.
unexplained() {
  local kind mode test with through
  while IFS=$'\t' read -r kind mode test with through; do
    case $kind in
      differs) [ -n "$(explanation "$2" "$mode" "$test")" ] || printf '%s: %s (%s, %s)\n' "$mode" "$test" "$with" "$through" ;;
      absent) [ -n "$(explanation "$2" "$mode" "(not reached)")" ] || printf '%s: %s tests were not reached, %s are more\n' "$mode" "$test" "$with" ;;
      unsteady)
        [[ $with != pass || -n "$(explanation "$2" "$mode" "$test")" ]] ||
          printf '%s: %s (passed each time with the server, in one of two rounds through Turnout)\n' "$mode" "$test"
        ;;
      cut) printf '%s: it did not end in its time\n' "$mode" ;;
      failed) printf '%s: nothing was run\n' "$mode" ;;
    esac
  done < "$1"
}

cell() {
  awk -F'\t' -v mode="$2" '
    $1 == "run" && $2 == mode { text = ($3 == $4) ? $3 : $3 " of " $4 }
    $1 == "cut" && $2 == mode { late = " (cut off)" }
    END { printf "%s", (text == "" ? "·" : text late) }' "$1"
}

fact() {
  awk -F'\t' -v kind="$2" '$1 == kind { printf "%s", $2 }' "$1"
}

table() {
  local file mode
  printf '| what was run | version | server | date | server | Turnout | server, TLS and SCRAM | Turnout, TLS and SCRAM | Turnout, sessions moved |\n'
  printf '|---|---|---|---|---|---|---|---|---|\n'
  for file in "$results"/*.txt; do
    printf '| %s | %s | %s | %s |' "$(fact "$file" title)" "$(fact "$file" version)" "$(fact "$file" server)" "$(fact "$file" date)"
    for mode in direct through direct-tls through-tls moved; do
      printf ' %s |' "$(cell "$file" $mode)"
    done
    printf '\n'
  done
}

cutover_table() {
  local file
  grep -lE $'^run\tcutover' "$results"/*.txt > /dev/null || return 0
  printf '| what was run | server | Turnout, blue and green changing places | changes of primary, and what kept others from being |\n|---|---|---|---|\n'
  for file in $(grep -lE $'^run\tcutover' "$results"/*.txt); do
    printf '| %s | %s | %s | %s |\n' "$(fact "$file" title)" "$(cell "$file" direct)" "$(cell "$file" cutover)" "$(fact "$file" cutovers)"
  done
}

moves_table() {
  local file
  printf '| what was run | moves of all sessions, and what kept others from being |\n|---|---|\n'
  for file in $(grep -lE $'^moves\t' "$results"/*.txt); do
    printf '| %s | %s |\n' "$(fact "$file" title)" "$(fact "$file" moves | sed -E 's/ (blue|green) did(;|$)/ \1 did not answer\2/g')"
  done
}

# differences: a list for each suite that has some; a test is named once, with the ways it differs on.
differences() {
  local file any=""
  for file in "$results"/*.txt; do
    grep -qE $'^(differs|absent|unsteady|cut|failed)\t' "$file" || continue
    any=1
    printf '**%s**\n\n' "$(fact "$file" title)"
    said "$file" "$(basename "$file" .txt)" | awk -F'\t' '
      !(($1 "\t" $3) in modes) { order[++n] = $1 "\t" $3 }
      { key = $1 "\t" $3; modes[key] = modes[key] (modes[key] == "" ? "" : ", ") $2 }
      END { for (i = 1; i <= n; i++) { split(order[i], part, "\t"); printf "- %s (%s)%s\n", part[1], modes[order[i]], part[2] } }'
    printf '\n'
  done
  [ -n "$any" ] || printf 'None.\n\n'
}

# said FILE NAME: "WHAT<tab>MODE<tab>SENTENCE" for each difference.
said() {
  local kind mode test with through why
  while IFS=$'\t' read -r kind mode test with through; do
    case $kind in
      differs)
        why=$(explanation "$2" "$mode" "$test")
        printf '`%s`: %s with the server, %s through Turnout\t%s\t: %s\n' "$test" "$with" "$through" "$mode" "${why:-not explained.}"
        ;;
      absent)
        why=$(explanation "$2" "$mode" "(not reached)")
        printf '%s tests not reached, %s more\t%s\t: %s\n' "$test" "$with" "$mode" "${why:-not explained.}"
        ;;
      unsteady) printf '`%s` passed in one of two rounds\t%s\t.\n' "$test" "$mode" ;;
      cut) printf 'did not end in its time\t%s\t.\n' "$mode" ;;
      failed) printf 'nothing was run\t%s\t.\n' "$mode" ;;
    esac
  done < "$1"
}

# Replaces what stands between the two marks of the document.
write_report() {
  local report=$root/docs/compatibility.md made
  grep -q '^<!-- results -->$' "$report" && grep -q '^<!-- end of results -->$' "$report" ||
    fail "$report has not the two marks between which the results stand"
  made=$(mktemp)
  {
    sed '/^<!-- results -->$/q' "$report"
    printf '\n'
    table
    printf '\n### While sessions move\n\n'
    moves_table
    printf '\n### While blue and green change places\n\n'
    cutover_table
    printf '\n### What differs, test by test\n\n'
    differences
    sed -n '/^<!-- end of results -->$/,$p' "$report"
  } > "$made"
  cat "$made" > "$report"
  rm -f "$made"
}
