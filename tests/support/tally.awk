# Reads the output of `ctest -V`. Writes a line for each test, and all that a failed one said, to standard
# error; and the numbers of checks passed and failed to standard output.
#
# A test counts as many checks as it says in the summary of doctest, in those of Python's unittest and of TAP as
# Node writes it, or in a line "N passed, N failed", and as one when it says none of these. One that fails
# without naming a failed check, or that checked nothing, is a failure.

$1 ~ /^[0-9]+:$/ {
  test = $1 + 0
  said[test] = said[test] $0 "\n"
  if (match($0, /test cases: +[0-9]+ \| +[0-9]+ passed \| +[0-9]+ failed/)) {
    split(substr($0, RSTART, RLENGTH), part, "|")
    count(test, part[2] + 0, part[3] + 0)
  } else if ($0 ~ /^[0-9]+: Ran [0-9]+ tests? in /) {
    ran[test] = $3
  } else if ((test in ran) && $0 ~ /^[0-9]+: (OK|FAILED)( \(|$)/) {
    sub(/expected failures=[0-9]+/, "")  # these are as they should be
    bad = number("failures") + number("errors") + number("unexpected successes")
    good = ran[test] - bad - number("skipped")
    count(test, good > 0 ? good : 0, bad)
    delete ran[test]
  } else if ($0 ~ /^[0-9]+: [0-9]+ passed, [0-9]+ failed$/) {
    count(test, $2, $4)
  } else if ($0 ~ /^[0-9]+: # (pass|fail) [0-9]+$/) {
    count(test, $3 == "pass" ? $4 : 0, $3 == "fail" ? $4 : 0)
  }
}

/^ *[0-9]+\/[0-9]+ +Test +#[0-9]+: / {
  test = $0
  sub(/^[^#]*#/, "", test)
  name = test
  sub(/^[0-9]+: /, "", name)
  sub(/ .*/, "", name)
  test += 0
  fine = $0 ~ / Passed +[0-9.]+ sec/
  if (!(test in counted)) count(test, fine, !fine)
  if (failed[test] == 0 && (!fine || passed[test] == 0)) failed[test] = 1
  if (failed[test] > 0) fine = 0
  printf "  %-32s %6d passed, %d failed, %s s\n", name, passed[test], failed[test], $(NF - 1) > "/dev/stderr"
  if (!fine) printf "%s", said[test] > "/dev/stderr"
  all_passed += passed[test]
  all_failed += failed[test]
}

END { print all_passed + 0, all_failed + 0 }

# The number after "name=" in the line, or none.
function number(name) {
  return match($0, name "=[0-9]+") ? substr($0, RSTART + length(name) + 1, RLENGTH) + 0 : 0
}

function count(test, good, bad) {
  counted[test] = 1
  passed[test] += good
  failed[test] += bad
}
