# Installs $VERSION of packhouse into $RUNNER_TEMP/packhouse, from the wheel with one of the hashes $SHA256: from
# $RUNNER_TEMP/packhouse-wheel, and where it is not there from $WHEEL_URL or the index $INDEX_URL.
set -euo pipefail

[ -n "$SHA256" ] || { echo "error: expected the input sha256 beside version, found none" >&2; exit 2; }
folder=$RUNNER_TEMP/packhouse-wheel
requirements=$RUNNER_TEMP/packhouse.txt
mkdir -p "$folder"

# A requirement with its hashes; $1 is what comes before them.
require() {
  printf '%s' "$1" > "$requirements"
  for digest in $SHA256; do printf ' --hash=sha256:%s' "$digest" >> "$requirements"; done
  echo >> "$requirements"
}

python3 -m venv "$RUNNER_TEMP/packhouse"
pip() { "$RUNNER_TEMP/packhouse/bin/python" -I -m pip --disable-pip-version-check "$@"; }
strict=(--quiet --no-deps --only-binary=:all: --require-hashes --requirement "$requirements")

require "packhouse==$VERSION"
if ! pip install "${strict[@]}" --no-index --find-links "$folder" 2> /dev/null; then
  rm -f "$folder"/*
  if [ -n "$WHEEL_URL" ]; then require "packhouse @ $WHEEL_URL"; fi
  pip download "${strict[@]}" ${INDEX_URL:+--index-url "$INDEX_URL"} --dest "$folder"
  require "packhouse==$VERSION"
  pip install "${strict[@]}" --no-index --find-links "$folder"
fi
