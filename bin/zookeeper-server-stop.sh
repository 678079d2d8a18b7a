#!/usr/bin/env bash
# Stops ZooKeeper: zookeeper-server-stop.sh [config-file]
exec "$(dirname "$(readlink -f "${BASH_SOURCE[0]}" 2>/dev/null || echo "${BASH_SOURCE[0]}")")/ottla-run.sh" stop zookeeper io.ottla.tools.zookeeper.ZooKeeperMain "$@"
