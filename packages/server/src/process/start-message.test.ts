import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadConfig } from '../config/config.ts';
import { curlConfigFile, writeCurlConfig } from './curl-config.ts';
import { startMessage } from './start-message.ts';

const url = 'http://127.0.0.1:8010';
let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'colloquy-message-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const rowsOf = (message: string) => message.split('\n').filter((line) => line.startsWith('  '));

test('in development it says where the page is, whose account, where the token is and what to try', () => {
  const config = loadConfig([], {}, cwd);
  expect(rowsOf(startMessage(config, url, cwd))).toEqual([
    '  Playground   http://127.0.0.1:8010/',
    `  Account SID  ${config.credentials.accountSid}`,
    '  Auth token   in data/credentials.json',
    '  Try          curl -K data/curl.conf http://127.0.0.1:8010/v1/Conversations',
  ]);
});

test('in production there is no page, and curl asks for the token', () => {
  const config = loadConfig(['--mode', 'production', '--auth-token', 'x'.repeat(32)], {}, cwd);
  const { accountSid } = config.credentials;
  expect(rowsOf(startMessage(config, url, cwd))).toEqual([
    '  Address      http://127.0.0.1:8010',
    `  Account SID  ${accountSid}`,
    '  Auth token   the one given as COLLOQUY_AUTH_TOKEN',
    `  Try          curl -u ${accountSid} http://127.0.0.1:8010/v1/Conversations   (curl asks for the auth token)`,
  ]);
});

test('over PostgreSQL it says which database that is, and what other servers need of this one', () => {
  const databaseUrl = 'postgres://me:a-secret@db.example/chat';
  const config = loadConfig(['--database-url', databaseUrl], {}, cwd);
  expect(startMessage(config, url, cwd)).toContain('\n  Database     postgres://db.example/chat\n');
  expect(startMessage(config, url, cwd).split('\n').slice(-5)).toEqual([
    'Other servers on this database need what the data directory of this one has:',
    'credentials, the key of stored secrets, files of messages.',
    'Have them share it, or give it to all of them: docs/guides/deploy.md.',
    '',
    '',
  ]);
  const given = { ...config, credentialsGiven: true, secretsKey: 'a'.repeat(64), mediaBucket: {} as never };
  expect(startMessage(given, url, cwd)).not.toContain('Other servers');
});

test('no secret is shown', () => {
  for (const mode of ['development', 'production']) {
    const config = loadConfig(['--mode', mode], {}, cwd);
    const message = startMessage(config, url, cwd);
    expect(message).not.toContain(config.credentials.authToken);
    expect(message).not.toContain(config.credentials.apiKeySecret);
  }
});

test('paths are those of the shell, whole where the data is elsewhere, quoted where the shell needs it', () => {
  mkdirSync(join(cwd, 'below'));
  const config = loadConfig(['--data-dir', "it's data"], {}, cwd);
  expect(startMessage(config, url, cwd)).toContain(` curl -K 'it'\\''s data/curl.conf' ${url}/`);
  expect(startMessage(config, url, join(cwd, 'below'))).toContain(`in ${cwd}/it's data/credentials.json`);
});

test('the file for curl is read by its owner alone, and gives a shell the very token', () => {
  const config = loadConfig(['--auth-token', `"\\'$\`#${'x'.repeat(32)}`], {}, cwd);
  writeCurlConfig(config);
  expect(statSync(curlConfigFile(config)).mode & 0o777).toBe(0o600);
  // The escapes of curl's quoted values mean the same in JSON.
  const [, quoted = ''] = /^user = (".*")\n$/.exec(readFileSync(curlConfigFile(config), 'utf8')) ?? [];
  const { accountSid, authToken } = config.credentials;
  expect(JSON.parse(quoted)).toBe(`${accountSid}:${authToken}`);
});
