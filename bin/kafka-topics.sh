#!/usr/bin/env bash
# Creates, lists, describes, changes and deletes topics.
exec "$(dirname "$(readlink -f "${BASH_SOURCE[0]}" 2>/dev/null || echo "${BASH_SOURCE[0]}")")/ottla-run.sh" tool io.ottla.tools.topics.TopicsTool "$@"
