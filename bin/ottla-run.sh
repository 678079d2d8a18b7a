#!/usr/bin/env bash
# The launcher behind every script of this folder. Not meant to be typed by hand.
#
#   ottla-run.sh server NAME MAIN_CLASS [-daemon] [args...]   a process that stays: ZooKeeper, a broker
#   ottla-run.sh tool MAIN_CLASS [args...]                    a command that ends by itself
#   ottla-run.sh stop NAME MAIN_CLASS [args...]               stops what `server` started from this folder
#
# Environment: JAVA_HOME, KAFKA_HEAP_OPTS, KAFKA_JVM_PERFORMANCE_OPTS, KAFKA_OPTS, LOG_DIR (default: logs),
# OTTLA_CDS=off (do not use or write the class-data archive that makes the JVM start faster).
set -u

self="${BASH_SOURCE[0]}"
while [ -L "$self" ]; do
  link="$(readlink "$self")"
  case "$link" in /*) self="$link" ;; *) self="$(dirname "$self")/$link" ;; esac
done
OTTLA_HOME="$(cd "$(dirname "$self")/.." && pwd -P)"

die() { printf '%s\n' "$*" >&2; exit 1; }

# ---- stop: by main class and base folder, so that other installations on the machine are left alone ----
command_of() { # the arguments of a process, one per line
  if [ -r "/proc/$1/cmdline" ]; then tr '\0' '\n' < "/proc/$1/cmdline" 2>/dev/null; else ps -o args= -p "$1" | tr ' ' '\n'; fi
}

running() { # running MAIN_CLASS [FILE]: the ids of the processes of this installation
  local main="$1" file="${2:-}" pid args
  for pid in $(ps -A -o pid= -o comm= | awk '$2 ~ /java/ {print $1}'); do
    args="$(command_of "$pid")" || continue
    grep -Fqx -- "$main" <<< "$args" || continue
    # On a system without /proc a home with spaces cannot be matched word by word; the main class must do there.
    if [ -r "/proc/$pid/cmdline" ]; then grep -Fqx -- "-Dottla.home=$OTTLA_HOME" <<< "$args" || continue; fi
    if [ -n "$file" ]; then grep -Fqx -- "$file" <<< "$args" || continue; fi
    echo "$pid"
  done
}

absolute() { # absolute FILE: the same file, independent of the current folder
  case "$1" in /*) printf '%s\n' "$1" ;; *) printf '%s\n' "$(cd "$(dirname "$1")" && pwd -P)/$(basename "$1")" ;; esac
}

stop() {
  local name="$1" main="$2" file="" pids pid waited=0
  shift 2
  case "${1:-}" in
    -h | --help)
      echo "Usage: $name-stop.sh [config-file]"
      echo "Stops the ${name}s started from $OTTLA_HOME (SIGTERM), or only the one started with config-file, and waits for the end."
      exit 0 ;;
  esac
  if [ $# -gt 0 ]; then
    [ -f "$1" ] || die "$1: no such configuration file; without one, every $name started from $OTTLA_HOME is stopped."
    file="$(absolute "$1")"
  fi
  pids="$(running "$main" "$file")"
  [ -n "$pids" ] || die "No $name started from $OTTLA_HOME${file:+ with $file} is running."
  # shellcheck disable=SC2086 # a list of process ids
  kill -TERM $pids
  for pid in $pids; do
    while kill -0 "$pid" 2>/dev/null; do
      [ "$waited" -lt 600 ] || die "Process $pid has not ended within 60 s of SIGTERM; its log tells why, kill -9 $pid ends it."
      sleep 0.1
      waited=$((waited + 1))
    done
    echo "Stopped $name (process $pid)."
  done
  exit 0
}

[ $# -ge 2 ] || die "ottla-run.sh is called by the other scripts of $OTTLA_HOME/bin."
kind="$1"
shift
[ "$kind" != stop ] || stop "$@"

# ---- Java and the class path ----
if [ -n "${JAVA_HOME:-}" ]; then
  java="$JAVA_HOME/bin/java"
  [ -x "$java" ] || die "JAVA_HOME is $JAVA_HOME, but $java is not there. Set it to a JDK 17 or newer, or unset it."
else
  java="$(command -v java)" || die "No java found. Install a JDK 17 or newer, or set JAVA_HOME."
fi

if [ -d "$OTTLA_HOME/libs" ]; then
  libs="$OTTLA_HOME/libs" cds="$OTTLA_HOME/cds"
elif [ -d "$OTTLA_HOME/tools/target/ottla/libs" ]; then
  libs="$OTTLA_HOME/tools/target/ottla/libs" cds="$OTTLA_HOME/tools/target/ottla/cds"
else
  die "Ottla is not built yet. Build it with:  (cd '$OTTLA_HOME' && mvn -q -DskipTests package)"
fi
class_path=""
for jar in "$libs"/*.jar; do class_path="$class_path${class_path:+:}$jar"; done

# ---- class-data archive: the loaded classes in a file that the JVM maps; made once per build and JVM ----
cds_options=()
use_class_data() { # use_class_data [make]: a tool makes a missing archive, a server only uses one
  [ "${OTTLA_CDS:-on}" != off ] || return 0
  local java_home release="" stamp archive new
  java_home="$(dirname "$(dirname "$(readlink -f "$java" 2>/dev/null || echo "$java")")")"
  [ -r "$java_home/release" ] && release="$(< "$java_home/release")"
  stamp="$(printf '%s\n' "$java_home" "$release" "$class_path" "$(ls -lnT "$libs" 2>/dev/null || ls -ln --time-style=full-iso "$libs")" | cksum)"
  archive="$cds/ottla-${stamp%% *}.jsa"
  if [ ! -f "$archive" ]; then
    [ "${1:-}" = make ] || return 0
    mkdir -p "$cds" 2>/dev/null && [ -w "$cds" ] || return 0
    if [ -t 2 ]; then echo "(Preparing faster starts, once per build ...)" >&2; fi
    new="$archive.$$"
    rm -f "$cds"/ottla-*.jsa
    if "$java" -XX:ArchiveClassesAtExit="$new" -Xshare:auto -Xlog:disable -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
        -Dlogback.configurationFile="$OTTLA_HOME/config/tools-logback.xml" \
        -cp "$class_path" io.ottla.tools.cds.ClassDataTraining > /dev/null 2>&1 < /dev/null && [ -f "$new" ]; then
      mv -f "$new" "$archive"
    else
      rm -f "$new"
      : > "$archive" # tried and failed: an empty file is ignored below and not tried again
    fi
  fi
  [ -s "$archive" ] && cds_options=(-XX:SharedArchiveFile="$archive" -Xshare:auto -Xlog:cds=off -Xlog:cds+dynamic=off)
}

# ---- memory of the machine or the container, in MB ----
memory_mb() {
  local total=4096 limit
  if [ -r /proc/meminfo ]; then total=$(($(awk '/^MemTotal:/ {print $2}' /proc/meminfo) / 1024)); fi
  for limit in /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes; do
    if [ -r "$limit" ]; then
      limit="$(< "$limit")"
      case "$limit" in *[!0-9]* | "" | ???????????????????*) ;; *) limit=$((limit / 1048576)); if [ "$limit" -lt "$total" ]; then total=$limit; fi ;; esac
    fi
  done
  echo "$total"
}

export OTTLA_HOME
properties=(-Dottla.home="$OTTLA_HOME" -Djava.awt.headless=true)
# shellcheck disable=SC2206 # options are separated by spaces, as in Kafka's scripts
extra=(${KAFKA_OPTS:-})

case "$kind" in
  tool)
    main="$1"
    shift
    use_class_data make
    # shellcheck disable=SC2206
    heap=(${KAFKA_HEAP_OPTS:--Xmx256m})
    # shellcheck disable=SC2206
    performance=(${KAFKA_JVM_PERFORMANCE_OPTS:--XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData})
    properties+=(-Dlogback.configurationFile="$OTTLA_HOME/config/tools-logback.xml")
    if [ -t 0 ] && [ -t 1 ]; then properties+=(-Dottla.interactive=true); fi
    exec "$java" "${heap[@]}" "${performance[@]}" ${cds_options[@]+"${cds_options[@]}"} "${properties[@]}" ${extra[@]+"${extra[@]}"} -cp "$class_path" "$main" "$@"
    ;;
  server)
    name="$1" main="$2"
    shift 2
    daemon=no help=no arguments=() log_name="$name"
    for argument in "$@"; do
      case "$argument" in
        -daemon) daemon=yes; continue ;;
        -h | --help) help=yes ;;
        -*) ;;
        *)
          # The server runs in the base folder, where relative paths of its configuration lead; its file is found from here.
          if [ -f "$argument" ]; then
            argument="$(absolute "$argument")"
            log_name="$(basename "$argument" .properties)"
          fi
          ;;
      esac
      arguments+=("$argument")
    done
    if [ "$help" = yes ]; then
      if [ "$name" = zookeeper ]; then
        echo "Usage: zookeeper-server-start.sh [-daemon] config-file"
        echo "Runs ZooKeeper, for example with config/zookeeper.properties."
      else
        echo "Usage: broker-start.sh [-daemon] [config-file] [--override key=value]..."
        echo "Runs a broker, for example with config/server.properties. Without a file it runs one broker on localhost:9092"
        echo "together with a ZooKeeper of its own. kafka-server-start.sh is the same command."
      fi
      echo "  -daemon       runs it in the background; its output goes to the log folder"
      echo "Environment: JAVA_HOME, KAFKA_HEAP_OPTS, KAFKA_JVM_PERFORMANCE_OPTS, KAFKA_OPTS, LOG_DIR (default: logs)"
      exit 0
    fi
    use_class_data
    memory="$(memory_mb)"
    if [ "$name" = zookeeper ]; then share=8 most=512; else share=4 most=1024; fi
    xmx=$((memory / share))
    if [ "$xmx" -gt "$most" ]; then xmx=$most; fi
    if [ "$xmx" -lt 128 ]; then xmx=128; fi
    # shellcheck disable=SC2206
    heap=(${KAFKA_HEAP_OPTS:--Xmx${xmx}m})
    # The first compiler only: a broker spends its time in system calls and intrinsics, and the second compiler costs
    # more CPU in the first minutes than its code saves (README.md, decisions, has the figures and the way back).
    # shellcheck disable=SC2206
    performance=(${KAFKA_JVM_PERFORMANCE_OPTS:--XX:TieredStopAtLevel=1 -XX:C1MaxInlineLevel=18 -XX:C1MaxInlineSize=70 -XX:+UseG1GC -XX:MaxGCPauseMillis=20 -XX:+ExplicitGCInvokesConcurrent -XX:+ExitOnOutOfMemoryError})
    logs="${LOG_DIR:-$OTTLA_HOME/logs}"
    properties+=(-Dlogback.configurationFile="$OTTLA_HOME/config/logback.xml" -Dottla.logs.dir="$logs" -Dottla.log.name="$log_name")
    # Netty reads direct memory without a cleaner object per buffer when these packages are open to it.
    opens=(-Dio.netty.tryReflectionSetAccessible=true --add-opens=java.base/java.nio=ALL-UNNAMED --add-opens=java.base/jdk.internal.misc=ALL-UNNAMED)
    command=("$java" "${heap[@]}" "${performance[@]}" ${cds_options[@]+"${cds_options[@]}"} "${opens[@]}" "${properties[@]}" ${extra[@]+"${extra[@]}"}
      -cp "$class_path" "$main" ${arguments[@]+"${arguments[@]}"})
    mkdir -p "$logs" || die "Cannot create the log folder $logs. Set LOG_DIR to one that can be written."
    logs="$(cd "$logs" && pwd -P)"
    cd "$OTTLA_HOME" || die "Cannot enter $OTTLA_HOME."
    if [ "$daemon" = yes ]; then
      nohup "${command[@]}" > "$logs/$log_name.out" 2>&1 < /dev/null &
      pid=$!
      echo "Started $name in the background: process $pid, log $logs/$log_name.log, output $logs/$log_name.out."
    else
      exec "${command[@]}"
    fi
    ;;
  *) die "ottla-run.sh: unknown kind '$kind'." ;;
esac
