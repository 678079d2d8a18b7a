#!/usr/bin/env bash
# Starts ZooKeeper: zookeeper-server-start.sh [-daemon] config/zookeeper.properties
exec "$(dirname "$(readlink -f "${BASH_SOURCE[0]}" 2>/dev/null || echo "${BASH_SOURCE[0]}")")/ottla-run.sh" server zookeeper io.ottla.tools.zookeeper.ZooKeeperMain "$@"
