import { execFileSync, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { errorBody } from '../packages/server/src/api/http/errors.ts';
import { root } from './setup.mjs';

const { error: missing } = spawnSync('haproxy', ['-v']);

test.skipIf(missing)('HAProxy answers as a server does where none is ready, and logs no query.', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'colloquy-haproxy-'));
  const log = createSocket('udp4');
  log.bind(0, '127.0.0.1');
  await once(log, 'listening');
  const socketPath = join(folder, 'socket');
  const config = readFileSync(join(root, 'deploy/haproxy/haproxy.cfg'), 'utf8')
    .replace('log stdout ', `log 127.0.0.1:${(log.address() as AddressInfo).port} `)
    .replace('bind :8010', `bind unix@${socketPath}`);
  writeFileSync(join(folder, 'haproxy.cfg'), config);
  // As a daemon: when the command has ended, it listens.
  const pid = join(folder, 'pid');
  execFileSync('haproxy', ['-D', '-p', pid, '-f', join(folder, 'haproxy.cfg')], { stdio: 'ignore' });
  try {
    const logged = once(log, 'message');
    const [response] = (await once(get({ socketPath, path: '/v1/Media/ME1?signature=of-hers' }), 'response')) as [
      IncomingMessage,
    ];
    expect(response.headers).toMatchObject({ 'content-type': 'application/json', 'retry-after': '1' });
    expect(response.statusCode).toBe(503);
    expect(await json(response)).toEqual(errorBody(20503));
    const [line] = (await logged) as [Buffer];
    expect(String(line)).toContain('"GET /v1/Media/ME1 HTTP/1.1"');
    expect(String(line)).not.toContain('of-hers');
  } finally {
    process.kill(Number(readFileSync(pid, 'utf8')));
    log.close();
    rmSync(folder, { recursive: true });
  }
});
