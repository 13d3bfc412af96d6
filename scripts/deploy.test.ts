import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, matchesGlob } from 'node:path';
import { expect, test } from 'vitest';
import { environmentNameOf, givenNames } from '../packages/server/src/config/names.ts';
import { filesUnder } from './files.mjs';
import { root } from './setup.mjs';

const read = (path: string) => readFileSync(join(root, path), 'utf8');
const manifest = (folder: string) => JSON.parse(read(`${folder}/package.json`));
const containerfile = read('deploy/Containerfile');
const chart = 'deploy/helm/colloquy';

test('The image is built from the manifests of all workspaces.', () => {
  const workspaces = manifest('.').workspaces.flatMap((pattern: string) => globSync(pattern, { cwd: root }));
  const manifests = workspaces
    .map((folder: string) => `${folder}/package.json`)
    .filter((file: string) => existsSync(join(root, file)));
  const copied = [...containerfile.matchAll(/^COPY (\S+\/package\.json) /gm)].map(([, file]) => file);
  expect(copied.sort()).toEqual(manifests.sort());
});

test('What the image copies from here is let through to the builder.', () => {
  const letThrough = [...read('.dockerignore').matchAll(/^!(.+)$/gm)].map(([, pattern]) => pattern as string);
  const copied = [...containerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(
    ([, paths]) => paths?.split(' ') ?? [],
  );
  expect(copied).toContain('packages/server');
  expect(copied.filter((path) => !letThrough.some((pattern) => matchesGlob(path, pattern)))).toEqual([]);
});

test('The image has the server and every package of ours that it depends on, and no other.', () => {
  const needed = new Set(['server']);
  for (const name of needed) {
    for (const dependency of Object.keys(manifest(`packages/${name}`).dependencies ?? {})) {
      const [, ours] = /^@colloquy\/(.+)$/.exec(dependency) ?? [];
      if (ours) needed.add(ours);
    }
  }
  for (const [stage, end] of [
    ['dependencies', ''],
    ['build', '/dist'],
  ]) {
    const copied = containerfile.matchAll(
      new RegExp(`^COPY --from=${stage} /src/packages/(\\w+)${end} packages/\\1${end}$`, 'gm'),
    );
    expect([...copied].map(([, name]) => name).sort()).toEqual([...needed].sort());
  }
});

test('Every setting that a file below deploy/ names is one.', () => {
  const names = new Set([...givenNames, 'config'].map(environmentNameOf));
  const found = filesUnder(join(root, 'deploy')).flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/\bCOLLOQUY_[A-Z0-9_]+/g)].map(([name]) => name),
  );
  expect(found.length).toBeGreaterThan(20);
  expect(found.filter((name) => !names.has(name))).toEqual([]);
});

test('The versions of image and chart are that of the server.', () => {
  const { version } = manifest('packages/server');
  expect(read('deploy/compose/compose.yaml')).toContain(`image: colloquy:${version}\n`);
  expect(read(`${chart}/Chart.yaml`)).toContain(`\nappVersion: "${version}"\n`);
});

test('The schema of the chart knows every value that there is or that a template uses.', () => {
  type Schema = { properties?: Record<string, Schema>; additionalProperties?: unknown };
  const schema: Schema = JSON.parse(read(`${chart}/values.schema.json`));
  const given = [...read(`${chart}/values.yaml`).matchAll(/^(\w+):/gm)].map(([, name]) => name as string);
  expect(
    Object.keys(schema.properties ?? {})
      .filter((name) => name !== 'global')
      .sort(),
  ).toEqual(given.sort());
  const used = filesUnder(join(root, chart, 'templates')).flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/\.Values\.([\w.]+)/g)].map(([, path]) => path as string),
  );
  expect(used.length).toBeGreaterThan(30);
  const isKnown = (path: string) => {
    let at: Schema | undefined = schema;
    for (const name of path.split('.')) at = at?.properties?.[name];
    return at !== undefined;
  };
  expect(used.filter((path) => !isKnown(path))).toEqual([]);
});

test('Kubernetes waits for longer than a server takes to end, however long it drains.', () => {
  const grace = /^ +terminationGracePeriodSeconds: (.*)$/m.exec(read(`${chart}/templates/deployment.yaml`))?.[1];
  const [, more] = /^\{\{ max .+ \(add \(int \.Values\.drainSeconds\) (\d+)\) \}\}$/.exec(grace ?? '') ?? [];
  // What `stopOnSignal` allows after the wait.
  expect(Number(more)).toBeGreaterThan(10);
});

test('A server that changes the schema is not killed for it, however large the database is.', () => {
  const [, period, by] =
    /startupProbe:\n.*\n +periodSeconds: (\d+)\n.*\n +failureThreshold: \{\{ div \.Values\.startupSeconds (\d+) \}\}\n/.exec(
      read(`${chart}/templates/deployment.yaml`),
    ) ?? [];
  expect(by).toBe(period);
  expect(Number(period)).toBeGreaterThan(0);
  expect(Number(/^startupSeconds: (\d+)$/m.exec(read(`${chart}/values.yaml`))?.[1])).toBeGreaterThanOrEqual(86_400);
  expect(containerfile).toContain(' --start-period=24h ');
});

test('The chart names every key of a Secret that its templates read.', () => {
  const [, told = ''] =
    /# A Secret that is there already, with the keys ([\s\S]*?), each as/.exec(read(`${chart}/values.yaml`)) ?? [];
  const template = read(`${chart}/templates/deployment.yaml`);
  const keys = [...template.matchAll(/(?:name: \{\{ \$secret \}\}, |\{ )key: ([\w-]+)[ ,]/g)].map(([, key]) => key);
  expect(keys).toHaveLength(6);
  expect(
    told
      .replaceAll('\n# ', ' ')
      .split(/, | and /)
      .sort(),
  ).toEqual(keys.sort());
});

test('A single server with a claim of its own is ended before the next one starts.', () => {
  const template = read(`${chart}/templates/deployment.yaml`);
  expect(template).toMatch(
    /\{\{- if and \.Values\.media\.existingClaim \(eq \(int \.Values\.replicas\) 1\) \}\}\n(?: +#.*\n)* +type: Recreate\n/,
  );
});

test('A port for the figures is let through by everything that names the port of the server.', () => {
  const naming = filesUnder(join(root, chart, 'templates'))
    .filter((file) => /containerPort: 8010|^ +- port: http$/m.test(readFileSync(file, 'utf8')))
    .map((file) => [
      basename(file),
      /containerPort: \{\{ \.Values\.metrics\.port|^ +- port: metrics$/m.test(readFileSync(file, 'utf8')),
    ]);
  expect(naming.sort()).toEqual([
    ['deployment.yaml', true],
    ['network-policy.yaml', true],
  ]);
});

test('No pod of the chart or of the guides gets the address of the Service as a setting of the server.', () => {
  const specs = [...filesUnder(join(root, 'docs/guides')), ...filesUnder(join(root, chart, 'templates'))].flatMap(
    (file) => {
      const lines = readFileSync(file, 'utf8').split('\n');
      return lines.flatMap((line, at) => {
        const [, indent] = /^( *)containers:$/.exec(line) ?? [];
        if (indent === undefined) return [];
        // What a template has at the margin belongs to whatever is around it.
        const isWithin = (one = '') => one.startsWith(indent) || /^ *\{\{/.test(one);
        const from = lines.findLastIndex((one, index) => index < at && !isWithin(one)) + 1;
        const length = lines.slice(at).findIndex((one) => !isWithin(one));
        const spec = lines.slice(from, length < 0 ? undefined : at + length);
        return [[basename(file), spec.includes(`${indent}enableServiceLinks: false`)]];
      });
    },
  );
  expect(specs).toEqual([
    ['kubernetes.md', true],
    ['kubernetes.md', true],
    ['deployment.yaml', true],
  ]);
});

test('What the guides do after a backup they do after one of a damaged server, too.', () => {
  const ends = filesUnder(join(root, 'docs/guides')).flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/\bbackup \/[^&|\n]*(.*?)&&/g)].map(([, end]) => end),
  );
  expect(ends).toHaveLength(5);
  expect(new Set(ends)).toEqual(new Set(['|| [ $? -eq 3 ] ']));
});

test('systemd never gives up starting the server.', () => {
  const [unit = ''] = read('deploy/systemd/colloquy.service').split('\n[Service]');
  expect(unit).toMatch(/^StartLimitIntervalSec=0$/m);
});

test('Beside the unit the command has the settings of the unit, unless the caller has exported others.', () => {
  const folder = mkdtempSync(join(tmpdir(), 'colloquy-command-'));
  const put = (name: string, content: string) => writeFileSync(join(folder, name), content, { mode: 0o700 });
  mkdirSync(join(folder, 'etc/secrets'), { recursive: true });
  put('etc/secrets/database-url', 'postgres://of-the-unit\n');
  put('etc/secrets/auth-token', 'of-the-unit\n');
  put(
    'etc/colloquy.env',
    '# COLLOQUY_HOST=no\nCOLLOQUY_PUBLIC_URL="https://chat.example.com/$(no)"\nCOLLOQUY_PORT=1\nCOLLOQUY_PORT=2\n' +
      'COLLOQUY_CONFIG=/etc/colloquy.config.json\nNODE_EXTRA_CA_CERTS=/etc/ca.pem\nOTHER=no\n',
  );
  const secrets = ['DATABASE_URL_FILE=%d/database-url', 'AUTH_TOKEN_FILE=%d/auth-token'];
  const lines = [...secrets, 'PORT=3', 'S3_ACCESS_KEY_ID=a key=='].map((line) => `Environment=COLLOQUY_${line}`);
  put('unit', `${read('deploy/systemd/colloquy.service')}\n${lines.join('\n')}\n`);
  put('systemctl', `#!/bin/sh\n[ "$*" = 'cat colloquy.service' ] && cat '${folder}/unit'\n`);
  put('setpriv', '#!/bin/sh\necho "RAN=$*"; env | grep -E "^(COLLOQUY|NODE|OTHER)_?"\n');
  const script = read('deploy/systemd/colloquy.sh').replaceAll('/etc/colloquy', `${folder}/etc`);
  put('colloquy', script.replaceAll('/opt/colloquy', folder));
  const said = execFileSync(join(folder, 'colloquy'), ['backup', '/srv/a backup'], {
    encoding: 'utf8',
    env: { PATH: `${folder}:${process.env['PATH']}`, COLLOQUY_DATABASE_URL: 'postgres://of-the-caller' },
  });
  rmSync(folder, { recursive: true });
  expect(said.trim().split('\n').sort()).toEqual([
    'COLLOQUY_AUTH_TOKEN=of-the-unit',
    'COLLOQUY_CONFIG=/etc/colloquy.config.json',
    'COLLOQUY_DATABASE_URL=postgres://of-the-caller',
    'COLLOQUY_DATA_DIR=/var/lib/colloquy',
    'COLLOQUY_PORT=2',
    'COLLOQUY_PUBLIC_URL=https://chat.example.com/$(no)',
    'COLLOQUY_S3_ACCESS_KEY_ID=a key==',
    'NODE_ENV=production',
    'NODE_EXTRA_CA_CERTS=/etc/ca.pem',
    'RAN=--reuid=colloquy --regid=colloquy --init-groups /usr/bin/node packages/server/dist/cli.js backup /srv/a backup',
  ]);
});

test('What compose needs is made once, but for the address, which is the last that was given.', () => {
  const folder = mkdtempSync(join(tmpdir(), 'colloquy-secrets-'));
  const script = join(folder, 'make-secrets.sh');
  copyFileSync(join(root, 'deploy/compose/make-secrets.sh'), script);
  const make = (...args: string[]) => {
    const said = execFileSync('sh', [script, ...args], { encoding: 'utf8' });
    const env = readFileSync(join(folder, '.env'), 'utf8').trim().split('\n');
    return { said, env, token: readFileSync(join(folder, 'secrets/auth-token'), 'utf8') };
  };
  const first = make('https://chat.exmaple.com');
  const again = make();
  expect([again.env, again.token]).toEqual([first.env, first.token]);
  const corrected = make('https://chat.example.com/&|x');
  expect(corrected.env).toEqual(['COLLOQUY_PUBLIC_URL=https://chat.example.com/&|x', ...first.env.slice(1)]);
  expect(corrected.token).toBe(first.token);
  expect(corrected.said).toContain('The address is another one now');
  expect(make('https://chat.example.com/&|x').said).not.toContain('another one');
  rmSync(folder, { recursive: true });
});
