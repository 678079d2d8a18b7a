#!/usr/bin/env bash
# ZooKeeper's shell: zookeeper-shell.sh host:port[/chroot] [command]
exec "$(dirname "$(readlink -f "${BASH_SOURCE[0]}" 2>/dev/null || echo "${BASH_SOURCE[0]}")")/ottla-run.sh" tool io.ottla.tools.zookeeper.ZooKeeperShell "$@"
