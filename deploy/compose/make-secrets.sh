#!/bin/sh
# Makes what compose.yaml needs and nobody else may know: ./secrets and ./.env. What is there already stays, but for the
# address: one that is given goes before the one that was.
#
#   sh make-secrets.sh [https://chat.example.com]     the address under which others reach the servers
set -eu
cd "$(dirname "$0")"
umask 077
mkdir -p secrets

hex() { od -An -N "$1" -tx1 /dev/urandom | tr -d ' \n'; }

# The folder is for its owner alone; the files in it are mounted, and read by the users of the containers.
keep() {
  if [ ! -s "secrets/$1" ]; then
    printf '%s' "$2" >"secrets/$1.new"
    chmod 444 "secrets/$1.new"
    mv "secrets/$1.new" "secrets/$1"
  fi
}

keep postgres-password "$(hex 24)"
keep database-url "postgres://colloquy:$(cat secrets/postgres-password)@postgres:5432/colloquy"
keep auth-token "$(hex 16)"
keep api-key-secret "$(hex 32)"
keep secrets-key "$(hex 32)"

if [ ! -s .env ]; then
  {
    echo "COLLOQUY_PUBLIC_URL=${1:-http://127.0.0.1:8010}"
    echo "COLLOQUY_ACCOUNT_SID=AC$(hex 16)"
    echo "COLLOQUY_API_KEY_SID=SK$(hex 16)"
  } >.env.new
  mv .env.new .env
elif [ $# -gt 0 ] && ! grep -qxF "COLLOQUY_PUBLIC_URL=$1" .env; then
  {
    echo "COLLOQUY_PUBLIC_URL=$1"
    grep -v '^COLLOQUY_PUBLIC_URL=' .env
  } >.env.new
  mv .env.new .env
  echo 'The address is another one now; docker compose up -d tells it to the servers.'
fi
grep '^COLLOQUY_' .env
echo 'The secrets are in ./secrets: the auth token, the secret of the API key, and what the servers need.'
