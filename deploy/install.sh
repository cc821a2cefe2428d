#!/usr/bin/env bash
# Installs, repairs or upgrades a relay as a service of systemd behind Caddy, with a SQLite file and nightly backups:
#   sudo deploy/install.sh relay.example.com [--dry-run] [--no-backup]
set -euo pipefail
umask 022

SOURCE=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
SERVICE=tutorcruncher-relay
PROGRAM=/opt/$SERVICE
SETTINGS=/etc/$SERVICE.env
DATA=/var/lib/$SERVICE
CADDYFILE=/etc/caddy/Caddyfile
HOSTS=/etc/hosts

name=''
dry_run=false
has_backup=true
for argument in "$@"; do
  case $argument in
    --dry-run) dry_run=true ;;
    --no-backup) has_backup=false ;;
    *) [ -z "$name" ] && name=$argument || name=' ' ;;
  esac
done
if [[ ! $name =~ ^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$ ]]; then
  echo 'Usage: sudo deploy/install.sh relay.example.com [--dry-run] [--no-backup], with the host name of the relay in lower case.' >&2
  exit 2
fi
case $name in
  localhost | *.localhost) is_local=true ;;
  *) is_local=false ;;
esac

say() { printf '==> %s\n' "$*"; }
# Runs a command, or prints it with --dry-run.
run() {
  if $dry_run; then printf 'would run: %s\n' "$*"; else "$@"; fi
}

# Succeeds if nobody has edited the Caddyfile of the package, or if there is none.
is_caddyfile_unused() {
  local sum
  [ -e "$CADDYFILE" ] || return 0
  sum=$(dpkg-query --show --showformat='${Conffiles}\n' caddy 2>/dev/null | sed -n "s|^ $CADDYFILE ||p")
  [ -n "$sum" ] && echo "$sum  $CADDYFILE" | md5sum --check --status
}

problems=()
require() {
  local problem=$1
  shift
  "$@" >/dev/null 2>&1 || problems+=("$problem")
}
is_listening() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
is_port_usable() { systemctl is-active --quiet caddy || ! is_listening "$1"; }
has_space() { [ "$(df --output=avail --block-size=1M /opt | tail -n 1)" -ge 1000 ]; }
has_same_name() { [ ! -e "$SETTINGS" ] || grep -qxF -e "RELAY_ORIGIN=https://$name" -e "RELAY_ORIGIN=https://$name/" "$SETTINGS"; }
is_caddyfile_usable() { is_caddyfile_unused || grep -qF "$name" "$CADDYFILE"; }

require 'Run this script as root, with sudo.' test "$EUID" = 0
require 'This folder contains no built relay. Unpack the archive of a release, or make one with "npm ci && npm run package:relay", and run the script in it.' \
  test -x "$SOURCE/node" -a -e "$SOURCE/dist/main.js"
require 'The archive is for machines of another kind. Make one on a machine like this one.' "$SOURCE/node" --version
require 'systemd does not run this machine. Use Docker Compose, as docs/relay.md describes.' test -d /run/systemd/system
require 'The script needs apt-get, so Debian 12, Ubuntu 24.04, or a newer version of them.' command -v apt-get
does_resolve() { getent hosts "$name" >/dev/null; }
$is_local || require "$name does not resolve. Create a DNS record with the address of this machine." does_resolve
require 'Another program uses port 80. Stop it, or use it as the proxy, as docs/relay.md describes.' is_port_usable 80
require 'Another program uses port 443. Stop it, or use it as the proxy, as docs/relay.md describes.' is_port_usable 443
require 'Less than 1 GB of disk space is free for /opt. Make room.' has_space
require "$SETTINGS names another RELAY_ORIGIN. Use that name. Another name would change all webhook URLs." has_same_name
require "$CADDYFILE serves other sites. Add the sites and the options of $SOURCE/deploy/Caddyfile to it, with $name." \
  is_caddyfile_usable
if [ ${#problems[@]} -gt 0 ]; then
  echo 'Nothing was changed, because of these problems:' >&2
  printf -- '- %s\n' "${problems[@]}" >&2
  exit 1
fi

is_changed=false
# Copies a file with a mode, unless the target is the same already.
put() {
  local mode=$1 from=$2 to=$3
  if cmp --silent "$from" "$to" && [ "$(stat --format=%a "$to")" = "$mode" ]; then return; fi
  is_changed=true
  run install -D --mode="$mode" "$from" "$to"
}

# Without systemd-resolved, as on Debian 13, names below localhost do not resolve.
if $is_local && ! does_resolve; then
  say "Adding $name to $HOSTS"
  if ! $dry_run; then echo "127.0.0.1 $name" >>"$HOSTS"; fi
fi

packages=()
command -v caddy >/dev/null || packages+=(caddy)
command -v curl >/dev/null || packages+=(curl)
if [ ${#packages[@]} -gt 0 ]; then
  say "Installing ${packages[*]}"
  run apt-get update --quiet=2
  run env DEBIAN_FRONTEND=noninteractive apt-get install --quiet=2 --yes "${packages[@]}"
fi

secret=''
if [ ! -e "$SETTINGS" ]; then
  say "Generating the secret, and writing $SETTINGS"
  if ! $dry_run; then
    secret=$(od --address-radix=n --read-bytes=32 --format=x1 /dev/urandom | tr -d ' \n')
    # The shell creates the file before it runs the commands, so the mode is set before.
    (umask 077 && : >"$SETTINGS")
    {
      printf '# docs/relay.md lists all settings.\nRELAY_ORIGIN=https://%s\nRELAY_REGISTRATION_SECRET=%s\n' "$name" "$secret"
      # Without a public name, Caddy signs the certificate.
      ! $is_local || echo 'NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt'
    } >"$SETTINGS"
  fi
fi
[ "$(stat --format=%a "$SETTINGS" 2>/dev/null)" = 600 ] || run chmod 600 "$SETTINGS"

if ! diff --recursive --brief "$SOURCE" "$PROGRAM" >/dev/null 2>&1; then
  if $has_backup && [ -e "$PROGRAM/dist/sources.sha256" ] && ! cmp --silent {"$SOURCE","$PROGRAM"}/dist/sources.sha256; then
    say 'Backing up the store before the upgrade'
    if ! run systemctl start $SERVICE-backup; then
      echo "Nothing was upgraded, because the relay does not run. Start it, or add --no-backup." >&2
      exit 1
    fi
  fi
  say "Copying the relay to $PROGRAM"
  is_changed=true
  run rm -rf $PROGRAM.new
  run cp -r "$SOURCE" $PROGRAM.new
  run chown -R root:root $PROGRAM.new
  run chmod -R u=rwX,go=rX $PROGRAM.new
  run rm -rf $PROGRAM.old
  if [ -e $PROGRAM ]; then
    run mv $PROGRAM $PROGRAM.old
  fi
  run mv $PROGRAM.new $PROGRAM
  # A rollback starts in the folder that has just been removed.
  $dry_run || SOURCE=$PROGRAM
fi

run systemctl enable --quiet --now caddy
if is_caddyfile_unused; then
  say "Writing $CADDYFILE"
  if ! $dry_run; then sed "s/relay\.example\.com/$name/" "$SOURCE/deploy/Caddyfile" >"$CADDYFILE"; fi
  run systemctl reload caddy
fi
# The relay reads the trusted authorities when it starts.
if $is_local; then run caddy trust; fi

put 755 "$SOURCE/deploy/$SERVICE" /usr/local/bin/$SERVICE
for unit in $SERVICE.service $SERVICE-backup.service $SERVICE-backup.timer; do
  put 644 "$SOURCE/deploy/$unit" "/etc/systemd/system/$unit"
done
put 644 "$SOURCE/deploy/caddy-limits.conf" /etc/systemd/system/caddy.service.d/$SERVICE.conf
# An earlier run may have been interrupted before it restarted the relay, which creates its folder in /run when it starts.
if $is_changed || [ "$PROGRAM" -nt "/run/$SERVICE" ]; then
  say 'Starting the relay'
  run systemctl daemon-reload
  run systemctl restart $SERVICE
fi
run systemctl enable --quiet --now $SERVICE $SERVICE-backup.timer
if $dry_run; then exit; fi

say "Waiting for https://$name/readyz"
is_ready() { curl --silent --show-error --fail --max-time 5 --output /dev/null "https://$name/readyz" 2>"$1"; }
restarts() { systemctl show --property=NRestarts --value $SERVICE; }
# Succeeds if systemd has restarted the relay again and again since the script began to wait.
is_failing() { (($(restarts) >= before + 2)); }
# Says why the relay does not start, and how to return to a version that does.
explain_failure() {
  local line
  line=$(journalctl _SYSTEMD_UNIT=$SERVICE.service --lines=1 --output=cat --no-pager) || line='Its journal cannot be read.'
  printf 'The relay does not start: %s\n' "$line"
  case $line in
    *'newer version of the relay'* | *'not those of this version'*) $SERVICE restore || true ;;
  esac
  # The version of an upgrade that failed earlier is still there.
  if [ -e $PROGRAM.old ]; then
    echo "To return to the version that was replaced, run: sudo $PROGRAM.old/deploy/install.sh $name --no-backup"
  fi
  echo 'To keep this version, correct the cause, and run this script again.'
}
reason=$(mktemp)
trap 'rm -f "$reason"' EXIT
before=$(restarts)
for ((attempt = 0; attempt < 30; attempt++)); do
  if is_ready "$reason"; then break; fi
  if is_failing; then
    explain_failure >&2
    exit 1
  fi
  sleep 2
done
if ((attempt == 30)); then
  cat "$reason"
  $SERVICE check || true
  echo "For a minute, https://$name/readyz has not reported a relay that is ready. Correct the problems above, and run this script again." >&2
  exit 1
fi
compgen -G "$DATA/backup-*" >/dev/null || systemctl start $SERVICE-backup

say 'The relay is ready. The developer of the app needs these three lines:'
echo "Relay:   https://$name"
echo "Secret:  ${secret:-RELAY_REGISTRATION_SECRET in $SETTINGS}"
echo "Command: npm run zapier -- setup https://$name"
