#!/usr/bin/env bash
# Lists, describes, resets and deletes consumer groups.
exec "$(dirname "$(readlink -f "${BASH_SOURCE[0]}" 2>/dev/null || echo "${BASH_SOURCE[0]}")")/ottla-run.sh" tool io.ottla.tools.groups.ConsumerGroups "$@"
