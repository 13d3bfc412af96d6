import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Channel } from '../../channels/channel.ts';
import type { InboundMessage } from '../../channels/events.ts';
import { ingestFor } from '../../channels/ingest.ts';
import { account, capabilities, logger, openRig, type Rig } from '../../channels/test-rig.ts';
import { startInboundFiles } from '../../channels/test-sender-host.ts';
import { receiveInbound } from '../../core/inbound/actions.ts';
import { queueLateFile } from '../../core/inbound/late-files.ts';
import { inboundWork } from '../../core/inbound/queue.ts';
import { claimWork, retryWork } from '../../core/outbox/actions.ts';
import { probeStorage } from '../../core/probe.ts';
import { turnsWhile } from '../../testing/turns.ts';

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

/** @param fetchMedia as a channel is asked for a file */
function channelWith(fetchMedia: Channel['fetchMedia']): Channel {
  return {
    name: 'files',
    idempotency: { mode: 'correlate' },
    capabilities,
    owns: () => true,
    send: () => Promise.reject(new Error('Nothing is sent here.')),
    ...(fetchMedia && { fetchMedia }),
  };
}

const takeMessage = () => ingestFor({ ...rig, logger, account }, 'files')([event(rig.clock.now())]);

/** Has all attempts before this one made. */
async function attemptedBefore(last: number): Promise<void> {
  for (let attempt = 1; attempt < last; attempt += 1) {
    const claim = { kind: inboundWork, limit: 1, lease: `${attempt}`, leaseMs: 60_000 };
    const [work] = await rig.core.run(claimWork, actor, claim);
    if (!work) throw new Error('There is no work.');
    const back = { ...work, notBefore: rig.clock.now(), error: '"before"', counted: true };
    await rig.core.run(retryWork, actor, back);
  }
}

it.each([
  [
    'A message whose last attempt at its files is called off is not taken in without them, and is tried again.',
    5,
    takeMessage,
  ],
  [
    'A file that comes late is not given up since its last attempt was called off.',
    7,
    async () => {
      const payload = JSON.stringify(event(rig.clock.now()));
      await rig.core.run(queueLateFile, actor, { channel: 'files', eventId: 'e1', providerId: 'p1', payload });
      rig.clock.advance(60_000);
    },
  ],
])('%s', async (_name, last, take) => {
  await take();
  await attemptedBefore(last);
  let ask = () => {};
  const asked = new Promise<void>((resolve) => {
    ask = resolve;
  });
  const silent = channelWith(() => {
    ask();
    return new Promise(() => {});
  });
  const files = startInboundFiles(rig, silent);
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

it('A message is taken in though more calls wait than may, and so is word of its files that are to come.', async () => {
  await takeMessage();
  await attemptedBefore(5);
  const { core, clock } = rig;
  const call = { command: probeStorage.name, actor, input: undefined, now: clock.now() };
  const asked: string[] = [];
  core.intercept((run, go) => {
    asked.push(run.command.name);
    while (!core.queue.isFull) void core.queue.submit('probe', call);
    return go(run.input);
  });
  const files = startInboundFiles(
    rig,
    channelWith(() => Promise.reject(new Error('Not now.'))),
  );
  await files.idle();
  await files.stop();
  await turnsWhile(() => core.queue.waiting + core.queue.underWay > 0);
  expect(asked).toEqual([claimWork.name, queueLateFile.name, receiveInbound.name]);
  const { sql } = core.db;
  const events = await sql.selectFrom('inbound_events').select('outcome').orderBy('event_id').execute();
  expect(events).toEqual([{ outcome: 'unrouted' }, { outcome: 'queued' }]);
});
