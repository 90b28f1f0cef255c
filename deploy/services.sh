#!/usr/bin/env bash
# Starts what the tests need beside the program itself, on ports of its own and in one
# temporary folder: PostgreSQL, Redis and a MinIO server; and finds a Chromium.
#
#   deploy/services.sh up               install what is missing, start, wait until all answer
#   eval "$(deploy/services.sh env)"    tell the tests where they are
#   deploy/services.sh down             stop by process id, remove the folder
#
# A part that the environment names already (CLUSTERZONE_TEST_DATABASE_URL and so on) is
# used as it is: neither installed nor started nor stopped. For throw-away data only:
# PostgreSQL trusts everybody on this machine.
set -euo pipefail

minio_package=github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c
dir=${CLUSTERZONE_SERVICES_DIR:-${TMPDIR:-/tmp}/clusterzone-services-$UID}
dir=${dir%/}
marker=$dir/made-by-clusterzone-services
export PATH=$PATH:/usr/local/go/bin:/usr/sbin:/sbin
if [[ -z ${HOME:-} ]]; then
  HOME=$(getent passwd "$UID" | cut -d: -f6)
  export HOME
fi
cache=${XDG_CACHE_HOME:-$HOME/.cache}/clusterzone

# What an earlier "env" exported came from here, and may be gone by now.
for name in ${CLUSTERZONE_SERVICES_EXPORTED:-}; do
  unset "$name"
done

say() { printf 'services: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

# ---- installing -----------------------------------------------------------------------

can_be_root() { ((UID == 0)) || { has sudo && sudo -n true 2>/dev/null; }; }

as_root() {
  if ((UID == 0)); then "$@"; else sudo -n "$@"; fi
}

# three_times tries again because package locks and mirrors have bad moments.
three_times() {
  local try
  for try in 1 2 3; do
    "$@" && return
    ((try == 3)) || { say "try $try of 3 failed: $*"; sleep $((try * 10)); }
  done
  return 1
}

apt() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@" >>"$dir/apt.log" 2>&1
}

# without_starting keeps packages from starting servers of their own while "$@" runs.
without_starting() {
  local policy=/usr/sbin/policy-rc.d made='' status=0
  if [[ ! -e $policy ]]; then
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
    made=yes
    trap 'as_root rm -f /usr/sbin/policy-rc.d' EXIT
  fi
  "$@" || status=$?
  if [[ -n $made ]]; then
    as_root rm -f "$policy"
    trap - EXIT
  fi
  return "$status"
}

missing_packages() {
  missing=()
  [[ -n ${CLUSTERZONE_TEST_DATABASE_URL:-} || -n $(postgres_bin) ]] || missing+=(postgresql)
  [[ -n ${CLUSTERZONE_TEST_REDIS_ADDR:-} ]] || has redis-server || missing+=(redis-server)
  has pdftotext || missing+=(poppler-utils) # the tests read our own PDFs back
  if [[ -z ${CLUSTERZONE_TEST_CHROMIUM:-} ]]; then
    [[ -n $(find_chromium) ]] || missing+=(chromium)
    has_chinese_font || missing+=(fonts-noto-cjk)
  fi
}

has_chinese_font() {
  [[ -n $(find /usr/share/fonts /usr/local/share/fonts -iname '*cjk*' -print -quit 2>/dev/null) ]] ||
    { has fc-list && [[ -n $(fc-list :lang=zh-cn family 2>/dev/null) ]]; }
}

install_missing() {
  missing_packages
  ((${#missing[@]})) || return 0
  has apt-get || die "no apt-get here; please install by other means: ${missing[*]}"
  can_be_root || die "packages are installed by root, or with sudo without a password; please install: ${missing[*]}"
  say "installing ${missing[*]}"
  three_times apt update || die "apt-get update failed; see $dir/apt.log"
  without_starting three_times apt install -y --no-install-recommends "${missing[@]}" ||
    die "apt-get install failed; see $dir/apt.log"
  missing_packages
  ((${#missing[@]} == 0)) || die "still missing after the installation: ${missing[*]}"
}

postgres_bin() {
  local found
  found=$(find /usr/lib/postgresql -mindepth 3 -maxdepth 3 -path '*/bin/initdb' 2>/dev/null | sort -V | tail -n 1)
  [[ -n $found ]] || found=$(command -v initdb || true)
  [[ -z $found ]] || dirname "$found"
}

find_chromium() {
  local name
  for name in chromium chromium-browser google-chrome google-chrome-stable; do
    if has "$name"; then
      command -v "$name"
      return
    fi
  done
}

# minio_binary builds MinIO once per machine; its version is part of the file's name.
minio_binary() {
  local built=$cache/minio-${minio_package##*-}
  if has minio; then
    command -v minio
    return
  fi
  if [[ ! -x $built ]]; then
    has go || die "neither minio nor go is on the PATH; please install one of them"
    say "building MinIO, which takes some minutes the first time"
    mkdir -p "$cache"
    three_times build_minio "$built" || die "MinIO could not be built; see $dir/minio-build.log"
  fi
  printf '%s\n' "$built"
}

build_minio() {
  local out status=0
  out=$(mktemp -d "$cache/build.XXXXXX")
  (cd "$out" && GOFLAGS='' GOWORK=off GOOS='' GOARCH='' CGO_ENABLED=0 GOBIN=$out go install "$minio_package") \
    >>"$dir/minio-build.log" 2>&1 || status=$?
  [[ $status != 0 ]] || mv "$out/minio" "$1"
  rm -rf "$out"
  return "$status"
}

# ---- processes ------------------------------------------------------------------------

# started_at tells a process from a later one with the same id.
started_at() {
  local stat
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  stat=${stat##*) }
  set -- $stat
  [[ $1 != Z ]] && printf '%s\n' "${20}"
}

# remember keeps id and start of a process under the name of its service.
remember() { printf '%s %s\n' "$2" "$(started_at "$2")" >"$dir/$1.pid"; }

# running prints the process id of a service that this script started and that lives.
running() {
  local pid start
  read -r pid start 2>/dev/null <"$dir/$1.pid" || return 1
  [[ -n $start && $(started_at "$pid") == "$start" ]] && printf '%s\n' "$pid"
}

# launch starts a server that outlives this script and holds none of its files open.
launch() {
  local name=$1
  shift
  setsid "$@" </dev/null >>"$dir/$name.log" 2>&1 9>&- &
  remember "$name" $!
}

stop() {
  local pid signal
  for signal in "$2" "$3" KILL; do
    pid=$(running "$1") || return 0
    kill "-$signal" "$pid" 2>/dev/null || true
    wait_until 15 not_running "$1" && return
  done
  die "$1, process $pid, does not stop"
}

not_running() { ! running "$1" >/dev/null; }

wait_until() {
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < end)) || return 1
    sleep 0.1
  done
}

taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# free_port looks below the range from which the system gives ports to clients.
free_port() {
  local port
  for _ in {1..100}; do
    port=$((20000 + RANDOM % 12000))
    if ! taken "$port"; then
      printf '%s\n' "$port"
      return
    fi
  done
  die "no free port between 20000 and 32000"
}

# bring_up starts a service unless it runs and answers. Another program may take the port
# in the moment between looking and listening, so a start is tried three times.
bring_up() {
  local name=$1 port
  if running "$name" >/dev/null && "${name}_answers" "$(<"$dir/$name.port")"; then
    return 0
  fi
  stop "$name" TERM TERM
  for _ in 1 2 3; do
    port=$(free_port)
    printf '%s\n' "$port" >"$dir/$name.port"
    "start_$name" "$port"
    if wait_until 60 settled "$name" "$port" && running "$name" >/dev/null && "${name}_answers" "$port"; then
      say "$name answers on 127.0.0.1:$port"
      return
    fi
    stop "$name" TERM TERM
  done
  tail -n 20 "$dir/$name.log" >&2 || true
  die "$name does not start; see $dir/$name.log"
}

# settled ends the waiting as soon as a server answers or has given up.
settled() { not_running "$1" || "$1_answers" "$2"; }

# ---- PostgreSQL -----------------------------------------------------------------------

# as_postgres runs a command as somebody other than root, whom PostgreSQL refuses.
as_postgres() {
  if ((UID != 0)); then
    "$@"
  else
    (cd / && exec runuser -u "$(postgres_user)" -- "$@")
  fi
}

postgres_user() { if getent passwd postgres >/dev/null; then echo postgres; else echo nobody; fi; }

# make_postgres_folder falls back to the system's own temporary folder when the account
# that PostgreSQL runs under may not enter the one that was asked for.
make_postgres_folder() {
  local folder=$dir/postgresql
  [[ ! -s $dir/postgresql.folder ]] || return 0
  if as_postgres test -x "$dir"; then
    mkdir -p "$folder"
  else
    folder=$(mktemp -d /tmp/clusterzone-postgresql.XXXXXX)
  fi
  printf '%s\n' "$folder" >"$dir/postgresql.folder"
  ((UID != 0)) || chown "$(postgres_user)" "$folder"
  chmod 700 "$folder"
}

start_postgresql() {
  local bin folder sockets
  bin=$(postgres_bin)
  make_postgres_folder
  folder=$(<"$dir/postgresql.folder")
  if ! as_postgres test -s "$folder/data/PG_VERSION"; then
    as_postgres "$bin/initdb" -D "$folder/data" -U clusterzone -A trust -E UTF8 --locale=C.UTF-8 >>"$dir/postgresql.log" 2>&1 ||
      die "initdb failed; see $dir/postgresql.log"
  fi
  sockets=$folder
  ((${#folder} < 80)) || sockets='' # longer paths do not fit into a socket's address
  if as_postgres "$bin/pg_ctl" start -w -t 60 -s -D "$folder/data" -l "$folder/server.log" \
    -o "-p $1 -c listen_addresses=127.0.0.1 -c unix_socket_directories='$sockets' -c max_connections=200 -c fsync=on" \
    </dev/null >>"$dir/postgresql.log" 2>&1 9>&-; then
    remember postgresql "$(as_postgres head -n 1 "$folder/data/postmaster.pid")"
  else
    as_postgres tail -n 20 "$folder/server.log" >>"$dir/postgresql.log" 2>&1 || true
  fi
}

postgresql_answers() {
  "$(postgres_bin)/psql" -w -X -q -h 127.0.0.1 -p "$1" -U clusterzone -d postgres -c 'SELECT 1' </dev/null >/dev/null 2>&1
}

# ---- Redis ----------------------------------------------------------------------------

start_redis() {
  mkdir -p "$dir/redis"
  launch redis redis-server --bind 127.0.0.1 --port "$1" --dir "$dir/redis" --save '' --appendonly no
}

redis_answers() {
  local answer
  answer=$(ask "$1" 'PING\r\n')
  [[ $answer == +PONG* ]]
}

# ask sends a line to a local port and prints the first line that comes back.
ask() {
  timeout 5 bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$1" && printf "$2" >&3 && IFS= read -r line <&3 && printf "%s\n" "$line"' ask "$@" 2>/dev/null || true
}

# ---- MinIO ----------------------------------------------------------------------------

random_text() { od -An -N16 -tx1 /dev/urandom | tr -d ' \n'; }

start_minio() {
  local binary
  binary=$(minio_binary)
  mkdir -p "$dir/minio/data" "$dir/minio/certs"
  [[ -s $dir/minio.access ]] || printf 'test%s\n' "$(random_text)" | cut -c1-16 >"$dir/minio.access"
  [[ -s $dir/minio.secret ]] || random_text >"$dir/minio.secret"
  MINIO_ROOT_USER=$(<"$dir/minio.access") MINIO_ROOT_PASSWORD=$(<"$dir/minio.secret") MINIO_BROWSER=off MINIO_UPDATE=off \
    launch minio "$binary" server --quiet --certs-dir "$dir/minio/certs" --address "127.0.0.1:$1" "$dir/minio/data"
}

minio_answers() {
  local answer
  answer=$(ask "$1" 'GET /minio/health/ready HTTP/1.0\r\nHost: localhost\r\n\r\n')
  [[ $answer == *' 200 '* ]]
}

# ---- verbs ----------------------------------------------------------------------------

# prepare_folder makes the folder, and refuses one that is not this user's or not ours.
prepare_folder() {
  if [[ -e $dir && ! -O $dir ]]; then
    die "$dir belongs to somebody else; set CLUSTERZONE_SERVICES_DIR"
  fi
  if [[ -d $dir && ! -e $marker && -n $(ls -A "$dir") ]]; then
    die "$dir holds other things; set CLUSTERZONE_SERVICES_DIR to a folder that is empty or absent"
  fi
  (umask 077 && mkdir -p "$dir")
  chmod 711 "$dir" # PostgreSQL runs under another account and must pass through
  : >"$marker"
}

locked() {
  local lock=$dir.lock
  mkdir -p "$(dirname "$dir")"
  [[ ! -L $lock ]] || die "$lock is a link; remove it"
  exec 9>>"$lock"
  if has flock; then
    flock -w 1200 9 || die "another services.sh holds $lock"
  fi
}

up() {
  umask 077
  locked
  prepare_folder
  install_missing
  [[ -n ${CLUSTERZONE_TEST_DATABASE_URL:-} ]] || bring_up postgresql
  [[ -n ${CLUSTERZONE_TEST_REDIS_ADDR:-} ]] || bring_up redis
  [[ -n ${CLUSTERZONE_TEST_MINIO_ENDPOINT:-} ]] || bring_up minio
  if [[ -z ${CLUSTERZONE_TEST_CHROMIUM:-} ]]; then
    find_chromium >"$dir/chromium.path"
    say "Chromium is $(<"$dir/chromium.path")"
  fi
}

# give prints one export line, and keeps the name of what came from here.
give() {
  printf 'export %s=%q\n' "$1" "$2"
  exported+=("$1")
}

given() { printf 'export %s=%q\n' "$1" "${!1:-}"; }

print_env() {
  local -a exported=()
  local name
  if [[ -n ${CLUSTERZONE_TEST_DATABASE_URL:-} ]]; then
    given CLUSTERZONE_TEST_DATABASE_URL
  elif running postgresql >/dev/null; then
    give CLUSTERZONE_TEST_DATABASE_URL "postgres://clusterzone@127.0.0.1:$(<"$dir/postgresql.port")/postgres?sslmode=disable"
  fi
  if [[ -n ${CLUSTERZONE_TEST_REDIS_ADDR:-} ]]; then
    given CLUSTERZONE_TEST_REDIS_ADDR
  elif running redis >/dev/null; then
    give CLUSTERZONE_TEST_REDIS_ADDR "127.0.0.1:$(<"$dir/redis.port")"
  fi
  if [[ -n ${CLUSTERZONE_TEST_MINIO_ENDPOINT:-} ]]; then
    for name in ENDPOINT ACCESS_KEY SECRET_KEY; do given "CLUSTERZONE_TEST_MINIO_$name"; done
  elif running minio >/dev/null; then
    give CLUSTERZONE_TEST_MINIO_ENDPOINT "127.0.0.1:$(<"$dir/minio.port")"
    give CLUSTERZONE_TEST_MINIO_ACCESS_KEY "$(<"$dir/minio.access")"
    give CLUSTERZONE_TEST_MINIO_SECRET_KEY "$(<"$dir/minio.secret")"
  fi
  if [[ -n ${CLUSTERZONE_TEST_CHROMIUM:-} ]]; then
    given CLUSTERZONE_TEST_CHROMIUM
  elif [[ -s $dir/chromium.path ]]; then
    give CLUSTERZONE_TEST_CHROMIUM "$(<"$dir/chromium.path")"
  fi
  printf 'export CLUSTERZONE_SERVICES_EXPORTED=%q\n' "${exported[*]}"
}

down() {
  [[ -e $dir ]] || return 0
  [[ -O $dir && -e $marker ]] || die "$dir was not made by this script and is left alone"
  locked
  stop minio TERM TERM
  stop redis TERM TERM
  stop postgresql INT QUIT # fast, then immediate shutdown
  if [[ -s $dir/postgresql.folder ]]; then
    rm -rf "$(<"$dir/postgresql.folder")"
  fi
  rm -rf "$dir" "$dir.lock"
  say "stopped"
}

case ${1:-} in
  up) up ;;
  env) print_env ;;
  down) down ;;
  *) die "usage: services.sh up|env|down" ;;
esac
