#!/bin/sh
# Double-click on a Mac (or run on Linux): opens Handmade, setting it up the first time.
cd "$(dirname "$0")" || exit 1

for python in python3.11 python3.12 python3.13 python3.14 python3.10 python3; do
  if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 9))' >/dev/null 2>&1; then
    "$python" start.py "$@"
    code=$?
    [ "$code" -eq 0 ] || { printf '\nPress Enter to close this window. '; read -r _; }
    exit "$code"
  fi
done

echo "Handmade needs Python, and none that is new enough was found on this computer."
echo "Get Python 3.11 from https://www.python.org/downloads/, install it, then double-click start.command again."
printf '\nPress Enter to close this window. '
read -r _
exit 1
