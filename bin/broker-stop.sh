#!/usr/bin/env bash
# Stops brokers: broker-stop.sh [config-file]
exec "$(dirname "$(readlink -f "${BASH_SOURCE[0]}" 2>/dev/null || echo "${BASH_SOURCE[0]}")")/ottla-run.sh" stop broker io.ottla.core.broker.BrokerMain "$@"
