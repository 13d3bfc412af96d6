import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadConfig } from './config.ts';
import { prepareDataDirectory } from './data-directory.ts';
import { environmentNameOf, flagOf, givenNames } from './names.ts';
import { strangeNames } from './sources.ts';
import { SettingsError, StartError } from './start-error.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'colloquy-config-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const load = (argv: string[] = [], env: Record<string, string> = {}) => loadConfig(argv, env, cwd);
const writeConfigFile = (content: unknown, name = 'colloquy.config.json') =>
  writeFileSync(join(cwd, name), typeof content === 'string' ? content : JSON.stringify(content));

function problemsOf(argv: string[] = [], env: Record<string, string> = {}): readonly string[] {
  try {
    load(argv, env);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

describe('Without any setting', () => {
  test('the server is for this machine, in development, with data in ./data', () => {
    expect(load()).toMatchObject({
      port: 8010,
      host: '127.0.0.1',
      dataDir: join(cwd, 'data'),
      publicUrl: null,
      mode: 'development',
      sandbox: 'any',
      outgoingNetworks: ['127.0.0.0/8', '::1'],
      preWebhook: { timeoutMs: 5000, onFailure: 'proceed' },
      logLevel: 'info',
      credentialsFile: join(cwd, 'data', 'credentials.json'),
      made: { directory: true, credentials: true },
    });
  });
});

describe('Precedence', () => {
  test('a flag goes before the environment, the environment before the file, the file before the default', () => {
    const port = fc.integer({ min: 0, max: 65_535 });
    const given = fc.record({ flag: fc.option(port), environment: fc.option(port), file: fc.option(port) });
    fc.assert(
      fc.property(given, ({ flag, environment, file }) => {
        writeConfigFile(file === null ? {} : { port: file });
        const config = load(
          flag === null ? [] : ['--port', `${flag}`],
          environment === null ? {} : { COLLOQUY_PORT: `${environment}` },
        );
        expect(config.port).toBe(flag ?? environment ?? file ?? 8010);
      }),
      { numRuns: 50 },
    );
  });

  test('a flag may carry its value after an equals sign, which the value may have too', () => {
    expect(load(['--data-dir=a=b']).dataDir).toBe(join(cwd, 'a=b'));
  });

  test('an empty environment variable counts as absent', () => {
    expect(load([], { COLLOQUY_PORT: '', COLLOQUY_SANDBOX: '' })).toMatchObject({ port: 8010, sandbox: 'any' });
  });

  test.each([
    ['a flag', (path: string) => load(['--config', path])],
    ['the environment', (path: string) => load([], { COLLOQUY_CONFIG: path })],
  ])('%s can name the configuration file, which then stands in for the usual one', (_, loadWith) => {
    writeConfigFile({ port: 1111, host: '::1' });
    writeConfigFile({ port: 2222 }, 'other.json');
    expect(loadWith('other.json')).toMatchObject({ port: 2222, host: '127.0.0.1' });
  });
});

describe('Mode and sandbox', () => {
  test.each([
    [{}, 'development', 'any'],
    [{ COLLOQUY_HOST: 'localhost' }, 'development', 'any'],
    [{ COLLOQUY_HOST: '127.8.0.1' }, 'development', 'any'],
    [{ COLLOQUY_HOST: '::1', COLLOQUY_PUBLIC_URL: 'http://[::1]:8010' }, 'development', 'any'],
    [{ COLLOQUY_HOST: '0.0.0.0' }, 'production', 'off'],
    [{ COLLOQUY_HOST: '127.example.org' }, 'production', 'off'],
    [{ COLLOQUY_PUBLIC_URL: 'https://chat.example.org' }, 'production', 'off'],
    [{ NODE_ENV: 'production' }, 'production', 'off'],
    [{ COLLOQUY_HOST: '0.0.0.0', COLLOQUY_MODE: 'development' }, 'development', 'any'],
    [{ COLLOQUY_MODE: 'production' }, 'production', 'off'],
    [{ COLLOQUY_MODE: 'production', COLLOQUY_SANDBOX: 'any' }, 'production', 'any'],
  ])('with %j the mode is %s and the sandbox %s', (env, mode, sandbox) => {
    expect(load([], env as Record<string, string>)).toMatchObject({ mode, sandbox });
  });

  test('what may be called besides the internet is this machine in development, nothing in production, or what is said', () => {
    expect(load([], { COLLOQUY_MODE: 'production' }).outgoingNetworks).toEqual([]);
    expect(load(['--outgoing-networks', 'none']).outgoingNetworks).toEqual([]);
    expect(load(['--outgoing-networks', '10.0.0.0/8, fd00::1']).outgoingNetworks).toEqual(['10.0.0.0/8', 'fd00::1']);
    writeConfigFile({ outgoingNetworks: ['192.168.0.0/16'] });
    expect(load([], { COLLOQUY_MODE: 'production' }).outgoingNetworks).toEqual(['192.168.0.0/16']);
    expect(problemsOf(['--outgoing-networks', '10.0.0.0/8,localhost'])).toHaveLength(1);
  });

  test('sandbox addresses are read with commas or as an array, into their canonical form', () => {
    expect(load(['--sandbox', '+1 (500) 555-0006, whatsapp:+15005550006,12345']).sandbox).toEqual([
      '+15005550006',
      'whatsapp:+15005550006',
      '12345',
    ]);
    writeConfigFile({ sandbox: ['+15005550006'] });
    expect(load().sandbox).toEqual(['+15005550006']);
  });
});

describe('Values that do not fit', () => {
  test.each([
    ['--port', '65536', 'a whole number from 0 to 65535'],
    ['--port', '-1', 'a whole number from 0 to 65535'],
    ['--port', '80.5', 'a whole number from 0 to 65535'],
    ['--port', 'tcp://10.0.0.1:80', 'a whole number from 0 to 65535'],
    ['--host', '127.0.0.1:80', 'an IP address or a host name, without a port'],
    ['--host', '999.1.1.1', 'an IP address or a host name, without a port'],
    ['--host', '', 'an IP address or a host name, without a port'],
    ['--mode', 'prod', 'development or production'],
    ['--public-url', 'chat.example.org', 'an http:// or https:// address without user, query and fragment'],
    ['--public-url', 'https://a@b.org', 'an http:// or https:// address without user, query and fragment'],
    ['--public-url', 'ftp://b.org', 'an http:// or https:// address without user, query and fragment'],
    ['--log-level', 'loud', 'trace, debug, info, warn, error, fatal or silent'],
    ['--account-sid', 'AC123', 'AC and 32 hexadecimal digits'],
    ['--api-key-sid', `AC${'0'.repeat(32)}`, 'SK and 32 hexadecimal digits'],
    [
      '--sandbox',
      '+15005550006,me@example.org',
      'any, off, or addresses like +15005550006 or whatsapp:+15005550006 with commas between them',
    ],
  ])('%s %s is refused with what is expected', (flag, value, expected) => {
    expect(problemsOf([flag, value])).toEqual([`${flag} is ${JSON.stringify(value)}; expected ${expected}.`]);
  });

  test('a number where the file needs text is refused, and named by key and file', () => {
    writeConfigFile({ host: 1 });
    expect(problemsOf()).toEqual([
      '"host" in colloquy.config.json is 1; expected an IP address or a host name, without a port.',
    ]);
  });

  test('a secret that does not fit is not shown', () => {
    expect(problemsOf([], { COLLOQUY_AUTH_TOKEN: 'hunter2' })).toEqual([
      'COLLOQUY_AUTH_TOKEN does not fit; expected at least 32 visible ASCII characters.',
    ]);
  });

  test('each mistake has its sentence', () => {
    expect(problemsOf(['--port', 'x', '--nonsense', 'y', 'z'], { COLLOQUY_MODE: 'x' })).toHaveLength(4);
  });

  test('whatever is given, the answer is a configuration or sentences without a secret', () => {
    const anything = fc.tuple(fc.constantFrom(...givenNames), fc.string({ minLength: 1, maxLength: 40 }));
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 4 }), fc.boolean(), (given, byFlag) => {
        // Directories are made for whatever name is given; keep them out of the repository.
        const safe = given.filter(([name]) => name !== 'dataDir');
        const problems = byFlag
          ? problemsOf(safe.flatMap(([name, value]) => [flagOf(name), value]))
          : problemsOf([], Object.fromEntries(safe.map(([name, value]) => [environmentNameOf(name), value])));
        const secrets = safe.filter(([name]) => name === 'authToken' || name === 'apiKeySecret');
        for (const problem of problems) {
          expect(problem).toMatch(/^.+[.?]$/s);
          for (const [, secret] of secrets) if (secret.length > 12) expect(problem).not.toContain(secret);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('Names that do not exist', () => {
  test('an unknown flag is refused, with the one that was meant', () => {
    expect(problemsOf(['--prot', '80'])).toEqual(['--prot is not a flag; did you mean --port?']);
    expect(problemsOf(['--colour'])).toEqual(['--colour is not a flag; --help lists all.']);
  });

  test('an argument that is no flag is refused', () => {
    expect(problemsOf(['8010'])).toEqual(['"8010" is not expected; settings are given as flags, which --help lists.']);
  });

  test('a flag without its value is refused', () => {
    expect(problemsOf(['--port'])).toEqual(['--port needs a value.']);
  });

  test('an environment name that is nearly one of ours is refused; the prefix alone is free to others', () => {
    expect(problemsOf([], { COLLOQUY_DATADIR: 'x' })).toEqual([
      'COLLOQUY_DATADIR is not a setting; did you mean COLLOQUY_DATA_DIR?',
    ]);
    expect(problemsOf([], { COLLOQUY_COLOUR: 'red' })).toEqual([]);
  });

  const ofKubernetes = {
    COLLOQUY_SERVICE_HOST: '10.0.0.1',
    COLLOQUY_SERVICE_PORT: '80',
    COLLOQUY_SERVICE_PORT_HTTP: '80',
    COLLOQUY_PORT_80_TCP: 'tcp://10.0.0.1:80',
    COLLOQUY_PORT_80_TCP_PROTO: 'tcp',
    COLLOQUY_PORT_80_TCP_PORT: '80',
    COLLOQUY_PORT_80_TCP_ADDR: '10.0.0.1',
    COLLOQUY_X_PORT: 'tcp://10.0.0.2:80',
  };

  test('environment names that are no settings are told of, but for those that Kubernetes makes', () => {
    const strange = { COLLOQUY_TRACES_URL: 'http://x', COLLOQUY_METRICS_PORT: '9464' };
    const known = { COLLOQUY_CONFIG: 'x', COLLOQUY_AUTH_TOKEN_FILE: 'x', COLLOQUY_HOST: '::1' };
    expect(strangeNames({ ...strange, ...known, ...ofKubernetes, COLLOQUY_EMPTY: '', PATH: '/bin' })).toEqual([
      'COLLOQUY_METRICS_PORT',
      'COLLOQUY_TRACES_URL',
    ]);
  });

  test('what Kubernetes makes for a Service of our name is no port, unless it does not count', () => {
    const made = { ...ofKubernetes, COLLOQUY_PORT: 'tcp://10.0.0.1:80' };
    expect(problemsOf([], ofKubernetes)).toEqual([]);
    expect(problemsOf(['--port', '80'], made)).toEqual([]);
    expect(problemsOf([], made)).toEqual([
      'COLLOQUY_PORT, which Kubernetes has made for a Service named colloquy (enableServiceLinks: false in the pod ' +
        'keeps it from that), is "tcp://10.0.0.1:80"; expected a whole number from 0 to 65535.',
    ]);
  });

  test('an unknown key of the configuration file is refused', () => {
    writeConfigFile({ datadir: 'x', colour: 'red' });
    expect(problemsOf()).toEqual([
      '"datadir" in colloquy.config.json is not a setting; did you mean dataDir?',
      '"colour" in colloquy.config.json is not a setting.',
    ]);
  });

  test.each(['{', '[]', 'null', '"text"'])('a configuration file with %s is refused', (content) => {
    writeConfigFile(content);
    expect(problemsOf()).toEqual([
      'colloquy.config.json is not a JSON object; expected something like {"port": 8010}.',
    ]);
  });

  test('a configuration file that was named and is not there is refused', () => {
    expect(problemsOf(['--config', 'none.json'])).toEqual([
      `--config names ${join(cwd, 'none.json')}, which cannot be read (ENOENT).`,
    ]);
  });
});

describe('Secrets', () => {
  const token = 't'.repeat(32);

  test('can be read from a file, whose last line end does not count', () => {
    writeFileSync(join(cwd, 'token'), `${token}\n`);
    expect(load([], { COLLOQUY_AUTH_TOKEN_FILE: 'token' }).credentials.authToken).toBe(token);
    expect(load(['--auth-token-file', 'token']).credentials.authToken).toBe(token);
    writeConfigFile({ authTokenFile: 'token' });
    expect(load().credentials.authToken).toBe(token);
  });

  test('are refused when they are given twice in one place', () => {
    writeFileSync(join(cwd, 'token'), token);
    expect(problemsOf([], { COLLOQUY_AUTH_TOKEN: token, COLLOQUY_AUTH_TOKEN_FILE: 'token' })).toEqual([
      'COLLOQUY_AUTH_TOKEN and COLLOQUY_AUTH_TOKEN_FILE exclude each other; give one of them.',
    ]);
  });

  test('whose file is missing are refused', () => {
    expect(problemsOf([], { COLLOQUY_API_KEY_SECRET_FILE: 'none' })).toEqual([
      `COLLOQUY_API_KEY_SECRET_FILE names ${join(cwd, 'none')}, which cannot be read (ENOENT).`,
    ]);
  });
});

describe('Credentials', () => {
  const keptFile = () => join(cwd, 'data', 'credentials.json');
  const kept = (): unknown => JSON.parse(readFileSync(keptFile(), 'utf8'));

  test('are made on the first start, in their forms, and kept for the next', () => {
    const first = load().credentials;
    expect(first).toEqual({
      accountSid: expect.stringMatching(/^AC[0-9a-f]{32}$/),
      authToken: expect.stringMatching(/^[0-9a-f]{32}$/),
      apiKeySid: expect.stringMatching(/^SK[0-9a-f]{32}$/),
      apiKeySecret: expect.stringMatching(/^[\w-]{43}$/),
    });
    expect(load().credentials).toEqual(first);
    expect(kept()).toEqual(first);
  });

  test('are readable by their owner alone', () => {
    load();
    expect(statSync(keptFile()).mode & 0o777).toBe(0o600);
    expect(statSync(join(cwd, 'data')).mode & 0o777).toBe(0o700);
  });

  test('that are given go before those kept, and are never written', () => {
    const authToken = 'g'.repeat(32);
    const { credentials } = load(['--auth-token', authToken]);
    expect(credentials.authToken).toBe(authToken);
    expect(kept()).toEqual({ ...credentials, authToken: undefined });

    const later = load().credentials;
    expect(later.authToken).toMatch(/^[0-9a-f]{32}$/);
    expect(later).toEqual({ ...credentials, authToken: later.authToken });
    expect(load(['--auth-token', authToken]).credentials).toEqual(credentials);
    expect(kept()).toEqual(later);
  });

  test.each(['', '{', '[]', '{"accountSid":"AC1"}'])(
    'with the file damaged to %j the server does not start',
    (text) => {
      mkdirSync(join(cwd, 'data'));
      writeFileSync(keptFile(), text);
      expect(() => load()).toThrow(StartError);
      expect(readFileSync(keptFile(), 'utf8')).toBe(text);
    },
  );

  test.skipIf(process.platform !== 'linux')('cannot be made where a folder lets nobody make anything in it', () => {
    expect(() => prepareDataDirectory('/proc/colloquy/data')).toThrow(/cannot be made or written to \(ENOENT\); give /);
  });

  test('cannot be made where the data directory is a file', () => {
    writeFileSync(join(cwd, 'data'), '');
    expect(() => load()).toThrow(/^The data directory .*data cannot be made or written to \((EEXIST|ENOTDIR)\); give /);
  });
});
