import { readFileSync } from 'node:fs';
import { closeCodes, realtimePath, realtimePollPath, realtimeSubprotocol } from '@colloquy/protocol';
import { expect, it } from 'vitest';
import { version } from '../version.ts';
import { reasons } from './machine.ts';
import * as wire from './wire.ts';

it('repeats the protocol’s constants as they are', () => {
  expect(wire.path).toBe(realtimePath);
  expect(wire.pollPath).toBe(realtimePollPath);
  expect(wire.subprotocol).toBe(realtimeSubprotocol);
  const reasonOf = (code: number, then: 'resume' | 'token' | 'fatal') =>
    ({
      resume: reasons.sentAway,
      fatal: reasons.fatal,
      token: code === 4402 ? reasons.tokenExpired : reasons.tokenRefused,
    })[then];
  const expected = Object.entries(closeCodes).map(([code, { then }]) => [code, reasonOf(Number(code), then)]);
  expect(wire.closeReasons).toEqual(Object.fromEntries(expected));
});

it('knows the version of its package', () => {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  expect(version).toBe(manifest.version);
  expect(manifest.dependencies).toBeUndefined();
});
