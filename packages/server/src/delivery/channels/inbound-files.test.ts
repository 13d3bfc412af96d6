import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Channel } from '../../channels/channel.ts';
import type { InboundMessage } from '../../channels/events.ts';
import { ingestFor } from '../../channels/ingest.ts';
import { account, capabilities, logger, openRig, type Rig } from '../../channels/test-rig.ts';
import { startInboundFiles } from '../../channels/test-sender-host.ts';
import { queueLateFile } from '../../core/inbound/late-files.ts';
import { inboundWork } from '../../core/inbound/queue.ts';
import { claimWork, retryWork } from '../../core/outbox/actions.ts';

const actor = { kind: 'system', account } as const;
const event = (at: number): InboundMessage => ({
  type: 'message',
  eventId: 'e1',
  providerId: 'p1',
  sender: '+12025550123',
  recipient: '+12025550100',
  at,
  parts: [{ kind: 'media', source: 'a', contentType: 'image/png', filename: 'a.png' }],
});

let rig: Rig;
beforeEach(async () => {
  rig = await openRig();
});
afterEach(() => rig.close());

/** A channel whose files do not come. */
function silentChannel(): { channel: Channel; asked: Promise<void> } {
  let ask = () => {};
  const asked = new Promise<void>((resolve) => {
    ask = resolve;
  });
  const channel: Channel = {
    name: 'silent',
    idempotency: { mode: 'correlate' },
    capabilities,
    owns: () => true,
    send: () => Promise.reject(new Error('Nothing is sent here.')),
    fetchMedia: () => {
      ask();
      return new Promise(() => {});
    },
  };
  return { channel, asked };
}

it.each([
  [
    'A message whose last attempt at its files is called off is not taken in without them, and is tried again.',
    5,
    () => ingestFor({ ...rig, logger, account }, 'silent')([event(rig.clock.now())]),
  ],
  [
    'A file that comes late is not given up since its last attempt was called off.',
    7,
    async () => {
      const payload = JSON.stringify(event(rig.clock.now()));
      await rig.core.run(queueLateFile, actor, { channel: 'silent', eventId: 'e1', providerId: 'p1', payload });
      rig.clock.advance(60_000);
    },
  ],
])('%s', async (_name, last, take) => {
  await take();
  for (let attempt = 1; attempt < last; attempt += 1) {
    const claim = { kind: inboundWork, limit: 1, lease: `${attempt}`, leaseMs: 60_000 };
    const [work] = await rig.core.run(claimWork, actor, claim);
    if (!work) throw new Error('There is no work.');
    const back = { ...work, notBefore: rig.clock.now(), error: '"before"', counted: true };
    await rig.core.run(retryWork, actor, back);
  }
  const { channel, asked } = silentChannel();
  const files = startInboundFiles(rig, channel);
  await asked;
  const stopped = files.stop();
  rig.clock.advance(4000);
  await stopped;
  expect(await rig.outbox()).toMatchObject([
    { state: 'pending', attempt: last - 1, not_before: rig.clock.now(), last_error: '"before"' },
  ]);
  const events = await rig.core.db.sql.selectFrom('inbound_events').select('outcome').execute();
  expect(events).toEqual([{ outcome: 'queued' }]);
});
