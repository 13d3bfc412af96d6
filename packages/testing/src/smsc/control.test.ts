import { connect } from 'node:net';
import { Session } from '@colloquy/smpp';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../clock.ts';
import type { WebServer } from '../web-server.ts';
import { serveSmscControl } from './control.ts';
import { Smsc } from './smsc.ts';

let smsc: Smsc;
let control: WebServer;
let session: Session;

beforeEach(async () => {
  smsc = new Smsc();
  await smsc.start();
  control = await serveSmscControl(smsc);
  session = new Session(connect(smsc.port, '127.0.0.1'), {
    clock: systemClock,
    onRequest: (pdu) => {
      if (pdu.command === 'deliver_sm') session.answer(pdu);
    },
    onClose: () => {},
  });
  await session.request('bind_transceiver', { systemId: 'conv', password: 'secret1' });
});
afterEach(async () => {
  session.destroy('over');
  await control.close();
  await smsc.stop();
});

// biome-ignore lint/suspicious/noExplicitAny: what came is for the test to judge
async function ask(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<any> {
  const answer = await fetch(`${control.url}/control${path}`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { code: answer.status, ...((await answer.json()) as object) };
}
const submit = () =>
  session.request('submit_sm', {
    source: { ton: 1, npi: 1, address: '12025550100' },
    destination: { ton: 1, npi: 1, address: '447700900123' },
    shortMessage: Buffer.from('hello'),
  });

it('lets people write, and shows what they see', async () => {
  const written = { from: '+447700900123', to: '+12025550100', text: 'x'.repeat(200) };
  expect(await ask('POST', '/messages', written)).toEqual({ code: 201, statuses: [0, 0] });
  await submit();
  expect(await ask('GET', '/messages')).toMatchObject({
    taken: [{ id: '100001', submit: { shortMessage: Buffer.from('hello').toString('hex') } }],
    phones: { 447700900123: [{ text: 'hello', ids: ['100001'] }] },
  });
  expect(await ask('POST', '/reports', { id: '100001', state: 'UNDELIV' })).toEqual({ code: 201, status: 0 });
});

it('breaks and is repaired', async () => {
  await ask('POST', '/faults', { action: { type: 'refuse', status: 0x58 }, destination: '123$' });
  expect((await submit()).status).toBe(0x58);
  await ask('DELETE', '/faults');
  await ask('POST', '/settings', { ids: 'hex', receipts: { copies: 2 } });
  expect(await submit()).toMatchObject({ status: 0, messageId: '186a1' });
  expect(smsc.settings.receipts).toMatchObject({ copies: 2, in: 'both' });
  const closed = smsc.journal.next(({ type }) => type === 'closed');
  await ask('POST', '/cut');
  await closed;
});

it('shows what went over the wire, without passwords', async () => {
  const { entries } = await ask('GET', '/journal');
  expect(entries.slice(0, 2)).toMatchObject([
    { type: 'connected' },
    { type: 'in', pdu: { command: 'bind_transceiver', systemId: 'conv', password: '…' } },
  ]);
  expect(JSON.stringify(entries)).not.toContain('secret1');
});

it('says what it does not understand', async () => {
  expect(await ask('POST', '/messages', { from: '1', to: '2' })).toMatchObject({ code: 400 });
  expect(await ask('POST', '/reports', { id: 'none' })).toMatchObject({ code: 400 });
  expect(await ask('POST', '/faults', { action: { type: 'explode' } })).toMatchObject({ code: 400 });
  expect(await ask('POST', '/faults', { action: { type: 'ignored' }, destination: '(' })).toMatchObject({ code: 400 });
  expect(await ask('GET', '/nonsense')).toMatchObject({ code: 404 });
});
