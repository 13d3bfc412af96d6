#!/bin/sh
# /usr/local/bin/colloquy: the commands of the server (`colloquy doctor`, `backup`, `restore`, `migrate`) beside the unit,
# with its settings and as its user. For root. What the caller has exported goes before what the unit says.
set -eu
cd /opt/colloquy

# Lines as systemd reads them, the last one first; nothing in them is carried out.
unit=$(systemctl cat colloquy.service)
settings=$({
  echo "$unit" | sed -n 's/^Environment=\(COLLOQUY_\|NODE_\)/\1/p'
  [ ! -e /etc/colloquy/colloquy.env ] || sed -n '/^\(COLLOQUY\|NODE\)_.*=/p' /etc/colloquy/colloquy.env
} | tac)

while IFS= read -r line; do
  name=${line%%=*} value=${line#*=}
  case $value in \"*\" | \'*\') value=${value#?} value=${value%?} ;; esac
  # systemd gives copies of the secrets to the server alone. Root reads the files that they are made of.
  case $value in %d/*) value=/etc/colloquy/secrets/${value#%d/} ;; esac
  case $name in *_FILE) name=${name%_FILE} value=$(cat "$value") ;; esac
  if [ -z "$(printenv "$name" "${name}_FILE")" ]; then export "$name=$value"; fi
done <<EOF
$settings
EOF

exec setpriv --reuid=colloquy --regid=colloquy --init-groups /usr/bin/node packages/server/dist/cli.js "$@"
