import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { publicPushHosts } from '../delivery/push/hosts.ts';
import { loadConfig } from './config.ts';
import { providerUrl } from './provider-url.ts';

test.each([
  ['https://push.example.com', 'https://push.example.com', 'https://push.example.com/'],
  ['https://push.example.com:8443/', 'https://push.example.com:8443', 'https://push.example.com:8443/'],
  ['http://127.0.0.1:9000', 'http://127.0.0.1:9000', 'http://127.0.0.1:9000/'],
  ['http://[::1]:9000', 'http://[::1]:9000', 'http://[::1]:9000/'],
  ['http://localhost/', 'http://localhost', 'http://localhost/'],
  ['https://push.example.com/token', undefined, 'https://push.example.com/token'],
  ['http://push.example.com', undefined, undefined],
  ['http://127.0.0.1.example.com', undefined, undefined],
  ['https://user:password@push.example.com', undefined, undefined],
  ['https://push.example.com/?a=b', undefined, undefined],
  ['https://push.example.com/#a', undefined, undefined],
  ['ftp://push.example.com', undefined, undefined],
  ['push.example.com', undefined, undefined],
  ['', undefined, undefined],
])('%j is the origin %s and the address %s', (raw, origin, address) => {
  expect(providerUrl(false).safeParse(raw).data).toBe(origin);
  expect(providerUrl(true).safeParse(raw).data).toBe(address);
});

test('The push services are where everybody finds them, unless a setting says otherwise.', () => {
  const cwd = mkdtempSync(join(tmpdir(), 'colloquy-config-'));
  expect(loadConfig([], {}, cwd).push).toEqual(publicPushHosts);
  const argv = ['--fcm-url', 'https://a.example/', '--fcm-token-url', 'https://b.example/t'];
  const env = { COLLOQUY_APNS_URL: 'http://127.0.0.1:1', COLLOQUY_APNS_SANDBOX_URL: 'https://d.example:2' };
  expect(loadConfig(argv, env, cwd).push).toEqual({
    fcm: 'https://a.example',
    fcmToken: 'https://b.example/t',
    apns: 'http://127.0.0.1:1',
    apnsSandbox: 'https://d.example:2',
  });
  rmSync(cwd, { recursive: true });
});
