#!/usr/bin/env bash
# Shows and changes the dynamic configuration of topics and brokers.
exec "$(dirname "$(readlink -f "${BASH_SOURCE[0]}" 2>/dev/null || echo "${BASH_SOURCE[0]}")")/ottla-run.sh" tool io.ottla.tools.configs.ConfigsTool "$@"
