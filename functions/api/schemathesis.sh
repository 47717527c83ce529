#!/usr/bin/env bash
# Holds the API against its own description: starts the local environment, logs in, and lets schemathesis ask everything
# that the description allows, and much that it does not. No server error, no undocumented status, no answer of another
# shape. Some three minutes. Needs Python 3.10 or newer; installs schemathesis, pinned, the first time.
#
#   functions/api/schemathesis.sh [further arguments of `schemathesis run`]
#   SECONDS_MAX=30 VENV=/path/to/venv functions/api/schemathesis.sh
set -euo pipefail
cd "$(dirname "$0")/../.."

target="${CARGO_TARGET_DIR:-target}"
# Of its own: its dependencies do not go together with those of the infrastructure's linters.
venv="${VENV:-$target/tools/schemathesis}"
pinned="$(tail -n 1 functions/api/schemathesis.txt)"
if [ "$("$venv/bin/pip" freeze 2>/dev/null | grep -i '^schemathesis==')" != "$pinned" ]; then
  test -x "$venv/bin/python" || python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --requirement functions/api/schemathesis.txt
fi
cargo build --quiet -p local

scratch="$(mktemp -d)"
local_pid=
finish() {
  test -z "$local_pid" || { kill "$local_pid" 2>/dev/null && wait "$local_pid" 2>/dev/null; } || true
  rm -rf "$scratch"
}
trap finish EXIT

UM_ADMIN_PASSWORD="$("$venv/bin/python" -c 'import secrets; print(secrets.token_urlsafe(24))')"
export UM_ADMIN_PASSWORD
"$target/debug/local" --ephemeral --port 0 >"$scratch/log" 2>&1 &
local_pid=$!
root=
for _ in $(seq 150); do
  root="$(sed -n 's/^Universal Messaging is ready at \([^ ]*\).*/\1/p' "$scratch/log")"
  test -z "$root" || break
  kill -0 "$local_pid" 2>/dev/null || break
  sleep 0.2
done
test -n "$root" || { cat "$scratch/log"; echo "the local environment did not start" >&2; exit 1; }

# The token is of a user whom no generated request will name, and goes in by the environment: no process list shows it.
UM_TOKEN="$("$venv/bin/python" - "$root" <<'PYTHON'
import json, os, secrets, sys, urllib.request

def post(path, body, token=None):
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    request = urllib.request.Request(sys.argv[1] + path, json.dumps(body).encode(), headers)
    return json.load(urllib.request.urlopen(request))

first = post("/api/v1/auth/login", {"user": "admin", "password": os.environ["UM_ADMIN_PASSWORD"]})["token"]
tester, password = "tester-" + secrets.token_hex(8), secrets.token_urlsafe(24)
post("/api/v1/users", {"name": tester, "password": password, "role": "administrator"}, first)
print(post("/api/v1/auth/login", {"user": tester, "password": password})["token"])
PYTHON
)"
export UM_TOKEN

status=0
timeout --signal INT $((${SECONDS_MAX:-150} + 60)) "$venv/bin/schemathesis" \
  --config-file functions/api/schemathesis.toml \
  run "$root/api/v1/openapi" --max-time "${SECONDS_MAX:-150}" --generation-database none "$@" || status=$?

# What panicked answered 500, and is found above; the log says where.
grep -n -i 'panicked' "$scratch/log" && status=1
kill -0 "$local_pid" 2>/dev/null || { echo "the local environment is gone" >&2; tail -n 20 "$scratch/log"; status=1; }
exit "$status"
