/**
 * Looks at what is in deploy/ with the linters that this machine has, and says which it has not: `node
 * scripts/lint-deploy.mjs`. With the name of a linter, that one has to be there: `node scripts/lint-deploy.mjs haproxy`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { runScript } from './child.mjs';
import { filesUnder } from './files.mjs';
import { root } from './setup.mjs';

const folder = join(root, 'deploy');
const chart = join(folder, 'helm/colloquy');

/** What a chart is given at least; nothing of it is anybody's. */
const values = [
  'publicUrl=https://chat.example.com',
  'secrets.databaseUrl=postgres://colloquy@postgres/colloquy',
  `secrets.accountSid=AC${'1'.repeat(32)}`,
  `secrets.apiKeySid=SK${'1'.repeat(32)}`,
  `secrets.authToken=${'x'.repeat(32)}`,
  `secrets.apiKeySecret=${'x'.repeat(32)}`,
  `secrets.secretsKey=${'a'.repeat(64)}`,
  'ingress.enabled=true',
  'ingress.host=chat.example.com',
  'networkPolicy.enabled=true',
  'metrics.port=9464',
  'metrics.podMonitor.enabled=true',
  'settings.OTEL_TRACES_SAMPLER=always_on',
  'extraVolumes[0].name=more',
  'extraVolumes[0].configMap.name=files',
  'extraVolumeMounts[0].name=more',
  'extraVolumeMounts[0].mountPath=/etc/colloquy/more',
].flatMap((value) => ['--set', value]);

/**
 * What each program says about which files; what it does not know is left to others.
 *
 * @type {{ program: string, what: string, check: (scratch: string) => string | undefined }[]}
 */
const linters = [
  {
    program: 'haproxy',
    what: 'haproxy/haproxy.cfg',
    check: () => complaint('haproxy', ['-c', '-f', join(folder, 'haproxy/haproxy.cfg')]),
  },
  {
    program: 'caddy',
    what: 'caddy/Caddyfile',
    check: () =>
      complaint('caddy', ['validate', '--adapter', 'caddyfile', '--config', join(folder, 'caddy/Caddyfile')]),
  },
  {
    program: 'systemd-analyze',
    what: 'systemd/colloquy.service: its form, and how much it may do',
    check: (scratch) => {
      // What it starts need not be on this machine.
      const unit = join(scratch, 'colloquy.service');
      const text = readFileSync(join(folder, 'systemd/colloquy.service'), 'utf8');
      writeFileSync(unit, text.replace(/^(ExecStart=)\S+/m, `$1${process.execPath}`));
      return (
        complaint('systemd-analyze', ['verify', unit], false) ??
        complaint('systemd-analyze', ['security', '--offline=true', '--threshold=20', '--no-pager', unit], true)
      );
    },
  },
  {
    program: 'systemd-sysusers',
    what: 'systemd/colloquy.sysusers.conf',
    check: () => complaint('systemd-sysusers', ['--dry-run', join(folder, 'systemd/colloquy.sysusers.conf')], true),
  },
  {
    program: 'helm',
    what: 'helm/colloquy: as helm lint sees it, and rendered',
    check: () =>
      complaint('helm', ['lint', '--strict', chart, ...values], true) ??
      complaint('helm', ['template', 'chat', chart, ...values], true),
  },
  {
    program: 'docker-compose',
    what: 'compose/compose.yaml',
    check: (scratch) => {
      // Version 1 does not know the project's name; and the secrets' files are not looked at.
      const file = join(scratch, 'compose.yaml');
      writeFileSync(file, readFileSync(join(folder, 'compose/compose.yaml'), 'utf8').replace(/^name: .*\n/m, ''));
      return complaint('docker-compose', ['--file', file, 'config', '--quiet'], false, {
        COLLOQUY_PUBLIC_URL: 'https://chat.example.com',
        COLLOQUY_ACCOUNT_SID: `AC${'1'.repeat(32)}`,
        COLLOQUY_API_KEY_SID: `SK${'1'.repeat(32)}`,
      });
    },
  },
  {
    program: 'yamllint',
    what: 'compose/compose.yaml, helm/colloquy/Chart.yaml and values.yaml',
    check: () =>
      complaint('yamllint', [
        '--strict',
        '-d',
        '{extends: default, rules: {line-length: {max: 120}, document-start: disable, braces: {max-spaces-inside: 1}, comments: {min-spaces-from-content: 1}}}',
        ...['compose/compose.yaml', 'helm/colloquy/Chart.yaml', 'helm/colloquy/values.yaml'].map((name) =>
          join(folder, name),
        ),
      ]),
  },
  {
    program: 'hadolint',
    what: 'Containerfile',
    check: () => complaint('hadolint', [join(folder, 'Containerfile')]),
  },
  {
    program: 'sh',
    what: 'the shell scripts, by the shell that runs them',
    check: () => first(shellScripts(), (file) => complaint('sh', ['-n', file])),
  },
  {
    program: 'shellcheck',
    what: 'the shell scripts',
    check: () => first(shellScripts(), (file) => complaint('shellcheck', [file])),
  },
];

function shellScripts() {
  return filesUnder(folder).filter((file) => file.endsWith('.sh'));
}

/**
 * @template T
 * @param {T[]} all
 * @param {(one: T) => string | undefined} check
 */
function first(all, check) {
  if (all.length === 0) return 'There is nothing to look at.';
  return all.map(check).find((found) => found !== undefined);
}

/**
 * @param {string} program
 * @param {string[]} args
 * @param {boolean} [speaks] whether what it says is no complaint by itself
 * @param {Record<string, string>} [env]
 * @returns {string | undefined} undefined when it has none
 */
function complaint(program, args, speaks = true, env = {}) {
  const { status, stdout, stderr } = spawnSync(program, args, {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  if (status === 0 && (speaks || !(stdout + stderr).trim())) return undefined;
  return `${stdout}${stderr}`.trim() || `${program} ended with ${status}`;
}

/** @param {string} program */
function isThere(program) {
  const { PATH = '' } = process.env;
  return PATH.split(delimiter).some((place) => existsSync(join(place, program)));
}

await runScript(async () => {
  const needed = process.argv.slice(2);
  const scratch = mkdtempSync(join(tmpdir(), 'colloquy-deploy-'));
  let failed = 0;
  try {
    for (const { program, what, check } of linters) {
      if (!isThere(program)) {
        const must = needed.includes(program);
        if (must) failed += 1;
        console.log(`${must ? 'MISSING' : 'not here'}: ${program}, which would look at ${what}`);
        continue;
      }
      const found = check(scratch);
      console.log(`${found === undefined ? 'fine' : 'WRONG'}: ${program} on ${what}`);
      if (found === undefined) continue;
      failed += 1;
      console.log(found.replaceAll(scratch, basename(folder)).replace(/^/gm, '    '));
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return failed === 0 ? 0 : 1;
});
