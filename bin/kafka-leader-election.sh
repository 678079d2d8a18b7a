#!/usr/bin/env bash
# Elects partition leaders.
exec "$(dirname "$(readlink -f "${BASH_SOURCE[0]}" 2>/dev/null || echo "${BASH_SOURCE[0]}")")/ottla-run.sh" tool io.ottla.tools.cluster.LeaderElection "$@"
