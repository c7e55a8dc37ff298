#!/usr/bin/env bash
# The whole loop on real data: from a CSV file to a watched model in production and its second version.
#
#   examples/quickstart.sh [--binary MLO] [FOLDER]
#
# Installs what is missing, builds mlo (unless a binary is given), and works in FOLDER (default: a new
# temporary one, which is kept). Ends with an error when anything is not as it should be.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$here")

mlo=
folder=
while [ $# -gt 0 ]; do
  case $1 in
    --binary) mlo=$(realpath "$2"); shift 2 ;;
    *) folder=$1; shift ;;
  esac
done

if [ -z "$mlo" ]; then
  "$top/.ci/setup"
  (cd "$top" && cmake --preset release > /dev/null && cmake --build --preset release)
  mlo=$top/build/release/mlo
fi
python=$("$here/python" "$here/quickstart/requirements.txt")
export PATH=$(dirname "$python"):$PATH
[ -n "$folder" ] || folder=$(mktemp -d -t mlo-quickstart-XXXXXX)
mkdir -p "$folder" && cd "$folder"

commands=0
spent_ms=0          # wall time of all mlo commands …
user_ms=0           # … and the part of it that was the user's own Python
service=
trap '[ -z "$service" ] || kill "$service" 2> /dev/null || true' EXIT

now_ms() { echo $(($(date +%s%N) / 1000000)); }
fail() { echo "quickstart: $1" >&2; exit 1; }
say() { printf '\n\033[1m%s\033[0m\n' "$1"; }
# mlo_step EXIT ARGUMENTS…: runs a command as a user would and keeps its time.
mlo_step() {
  local expected=$1 code=0 begin end
  shift
  printf '\n$ mlo %s\n' "$*"
  begin=$(now_ms)
  "$mlo" "$@" || code=$?
  end=$(now_ms)
  commands=$((commands + 1))
  spent_ms=$((spent_ms + end - begin))
  printf '  \033[2m(%s ms)\033[0m\n' $((end - begin))
  [ "$code" = "$expected" ] || fail "mlo $1 ended with $code instead of $expected"
}
# check EXPRESSION ARGUMENTS…: asks mlo for JSON, aside from the story, and judges it with Python.
check() {
  local expression=$1 json
  shift
  json=$("$mlo" --json "$@") || true
  python -c 'import json,sys; answer=json.loads(sys.argv[2]); sys.exit(not eval(sys.argv[1]))' "$expression" "$json" ||
    fail "expected $expression of mlo $*: $json"
}
# The steps of a run are the user's Python: their time is not mlo's.
count_python() {
  local ms
  ms=$("$mlo" --json runs show "$1" | python -c 'import json,sys; print(sum(step["duration_ms"] for step in json.load(sys.stdin)["steps"] if step["status"] == "ran"))')
  user_ms=$((user_ms + ms))
}
newest_run() { "$mlo" --json runs list --limit 1 | python -c 'import json,sys; print(json.load(sys.stdin)["runs"][0]["id"])'; }

port=$(python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
say "A team's files: training code, mlo.yaml, and data/raw/batch-1.csv (569 rows of scikit-learn's breast-cancer data)"
cp "$here"/quickstart/{split,fit,export,columns}.py .
sed "s/port: 8080/port: $port/" "$here/quickstart/mlo.yaml" > mlo.yaml
python "$here/quickstart/make_data.py" data/raw
ls mlo.yaml ./*.py data/raw/*

say "1. A repository; the data with its profile and an inferred contract"
mlo_step 0 init
mlo_step 0 track data/raw -m "first labelled export"
check 'answer["clean"]' status

say "2. Train: split, fit, export to ONNX. The second call finds nothing to do"
mlo_step 0 train -m "first model"
count_python "$(newest_run)"
mlo_step 0 train
check 'len(answer["runs"]) == 1' runs list

say "3. Judge data and model; promote through the gate; serve"
mlo_step 0 validate
mlo_step 0 promote tumour --to production -m "first release, approved in the weekly review"
check 'answer["version"] == 1' models show tumour@production
printf '\n$ mlo serve tumour@production --port %s &\n' "$port"
"$mlo" serve tumour@production --port "$port" > serve.log 2>&1 &
service=$!
commands=$((commands + 1))
for _ in $(seq 100); do grep -q Serving serve.log && break; sleep 0.05; done
cat serve.log
python "$here/quickstart/ask.py" "http://127.0.0.1:$port" tumour data/raw/batch-1.csv 3

say "4. Months later another scanner is in use: 200 requests, and their outcomes as new labelled data"
python "$here/quickstart/make_data.py" data/raw --later
python "$here/quickstart/ask.py" "http://127.0.0.1:$port" tumour data/raw/batch-2.csv
sleep 0.3  # the service writes its log off the hot path
mlo_step 0 track data/raw -m "labelled cases of the new scanner"

say "5. Monitor: finds the drift, names the columns, writes a page, retrains and validates"
mlo_step 1 monitor tumour --html drift.html
check '[one["version"] for one in answer["models"]] == [2, 1]' models list tumour
grep -q mean_radius drift.html || fail "drift.html does not name the columns"
count_python "$(newest_run)"

say "6. The second version goes to production; the running service swaps without a lost request"
mlo_step 0 promote tumour --to production -m "learned the new scanner"
check 'answer["version"] == 2' models show tumour@production
python "$here/quickstart/ask.py" "http://127.0.0.1:$port" tumour data/raw/batch-2.csv 5 | tee answers.json
grep -q '"2": 5' answers.json || fail "version 2 does not answer"

say "7. Who did what and why, and that nobody rewrote it"
mlo_step 0 audit log
mlo_step 0 audit verify

own_ms=$((spent_ms - user_ms))
say "Done in $folder"
printf '%s commands; mlo %s.%03d s, the user'"'"'s own Python %s.%03d s within them\n' "$commands" \
  $((own_ms / 1000)) $((own_ms % 1000)) $((user_ms / 1000)) $((user_ms % 1000))
[ "$commands" -le 12 ] || fail "$commands commands: more than 12"
