#!/usr/bin/env bash
# A cluster of three brokers, a replicated topic and a killed leader, in one command: quickstart.sh [--keep]
here="$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}" 2>/dev/null || echo "${BASH_SOURCE[0]}")")" && pwd -P)"
if [ ! -d "$here/../libs" ] && [ ! -d "$here/../tools/target/ottla/libs" ]; then
  command -v mvn > /dev/null || { echo "Ottla is not built yet and Maven (mvn) is not installed: install Maven 3.8 or newer and a JDK 17." >&2; exit 1; }
  echo "Ottla is not built yet: building it now (mvn -q -B -DskipTests package). This takes a minute or two ..."
  (cd "$here/.." && mvn -q -B -DskipTests package) || { echo "The build failed; its messages are above." >&2; exit 1; }
fi
exec "$here/ottla-run.sh" tool io.ottla.tools.quickstart.Quickstart "$@"
