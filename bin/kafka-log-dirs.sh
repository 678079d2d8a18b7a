#!/usr/bin/env bash
# Prints the size of each replica on disk.
exec "$(dirname "$(readlink -f "${BASH_SOURCE[0]}" 2>/dev/null || echo "${BASH_SOURCE[0]}")")/ottla-run.sh" tool io.ottla.tools.cluster.LogDirs "$@"
