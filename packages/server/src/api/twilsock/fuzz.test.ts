import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createConversation } from '../../core/conversations/actions.ts';
import { sendMessage } from '../../core/messages/actions.ts';
import { addParticipant } from '../../core/participants/actions.ts';
import { anyText, awkward, badSegment } from '../../testing/hostile.ts';
import { type OpenRealtime, openRealtime } from '../../testing/open-realtime.ts';
import type { RawTwilsock } from '../../testing/raw-twilsock.ts';
import { writePacket } from './packet.ts';

/** Stands in what only those in the vault may read. */
const secret = 'only for those within';

let at: OpenRealtime;
let mallory: RawTwilsock;
let ann: RawTwilsock;
let vault: string;
/** What a hostile client may know or guess. */
let known: string[];

beforeAll(async () => {
  at = await openRealtime();
  const { service } = at;
  const { sid } = await at.core.run(createConversation, at.account, {
    service,
    uniqueName: 'vault',
    friendlyName: secret,
  });
  vault = sid;
  await at.core.run(addParticipant, at.account, { service, conversation: sid, identity: 'ann' });
  const message = await at.core.run(sendMessage, at.account, { service, conversation: sid, body: secret });
  ann = await at.twilsock('ann');
  mallory = await at.twilsock('mallory');
  const own = await mallory.request('POST', '/v2/Conversations', { unique_name: 'own' });
  await mallory.request('POST', `/v2/Conversations/${own.body.sid}/Participants`, { identity: 'mallory' });
  const users = [(await at.user('ann')).user, (await at.user('mallory')).user];
  const objects = ['ET', 'ES', 'MP', 'MC', 'MU'].flatMap((prefix) =>
    [sid, own.body.sid, ...users].map((one) => prefix + one.slice(2)),
  );
  known = [sid, 'vault', message.sid, ...users, 'ann', 'mallory', own.body.sid, 'own', ...objects, `${sid}.messages`];
});
afterAll(() => at.discard());

/** Closed for being hostile, he comes again. */
async function again(): Promise<RawTwilsock> {
  if (mallory.closed) mallory = await at.twilsock('mallory');
  return mallory;
}

const name = fc.oneof(
  fc.nat().map((n) => encodeURIComponent(known[n % known.length] ?? '')),
  badSegment,
);
const path = fc
  .tuple(
    fc.constantFrom(
      ...['/v2/Conversations', '/v2/MyConversations', '/v2/Users', '/v2/Typing', '/Client/v2/Configuration'],
      ...['/Client/v2/ContentTemplates', '/v3/Documents', '/v3/Lists', '/v3/Maps', '/v4/Subscriptions'],
      ...['/v1/registrations', '', '/v2', '/v3'],
    ),
    fc.array(
      fc.oneof(
        name,
        fc.constantFrom('Participants', 'Messages', 'Items', 'Receipts', 'MessageRecipients', 'ChannelMetadata'),
      ),
      { maxLength: 4 },
    ),
  )
  .map(([base, segments]) => [base, ...segments].join('/'));

const anyValue = fc.oneof(
  fc.nat().map((n) => known[n % known.length] ?? ''),
  anyText,
  fc.jsonValue(),
  fc.integer(),
);
const body = fc.oneof(
  anyText,
  fc.dictionary(
    fc.constantFrom(
      ...['friendly_name', 'unique_name', 'attributes', 'identity', 'messaging_binding', 'body', 'media_sids'],
      ...[
        'last_read_message_index',
        'notification_level',
        'content_sid',
        'data',
        'channel_type',
        'address',
        '__proto__',
      ],
      ...['action', 'correlation_id', 'requests', 'message_types', 'binding_type', 'subject', 'content_variables'],
    ),
    anyValue,
  ),
  fc.record({
    action: fc.constantFrom('establish', 'cancel'),
    correlation_id: fc.integer(),
    requests: fc.array(
      fc.record({
        object_sid: fc.nat().map((n) => known[n % known.length] ?? ''),
        object_type: fc.constantFrom('map', 'list', 'document', 'stream', 'live_query'),
        last_event_id: fc.oneof(fc.nat(5), fc.constant(null), fc.constant(Number.MAX_SAFE_INTEGER)),
      }),
    ),
  }),
);
const query = fc.dictionary(
  fc.constantFrom('From', 'Order', 'PageSize', 'PageToken', 'Key', 'Index', 'Include', 'MessageSid', '__proto__'),
  // Larger headers are no packets, and not answered.
  fc.oneof(
    fc.constantFrom('asc', 'desc', '0', '1', '50'),
    fc.oneof(awkward, name).map((text) => text.slice(0, 500)),
  ),
);

test('Whatever a client asks for, it is answered, never with a fault of the server, and with nothing of others.', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('GET', 'POST', 'DELETE'),
      path,
      query,
      body,
      async (method, where, params, given) => {
        const client = await again();
        const payload = typeof given === 'string' ? given : JSON.stringify(given);
        const http_request = {
          host: 'x',
          path: where,
          method,
          params,
          headers: { 'X-Twilio-Mutation-Id': randomUUID() },
        };
        const reply = await client.call({ method: 'message', http_request }, payload.toWellFormed());
        const { code } = reply.header['http_status'] as { code: number };
        expect(code).toBeLessThan(500);
        expect(code).not.toBe(429);
        expect(reply.payload.toString()).not.toContain(secret);
      },
    ),
    { numRuns: 600 },
  );
  expect(JSON.stringify(mallory.messages)).not.toContain(secret);
});

test('Whatever frames come, nobody else notices.', async () => {
  const list = vault.replace('CH', 'ES');
  await ann.subscribe([list, 'list', null]);
  const header = fc.record(
    {
      method: fc.oneof(fc.constantFrom('init', 'update', 'message', 'close', 'reply', 'telemetry.v1', 'ping'), anyText),
      id: anyText,
      token: fc.jsonValue(),
      http_request: fc.jsonValue(),
      payload_size: fc.oneof(fc.integer(), fc.jsonValue()),
      payload_type: fc.jsonValue(),
      continuation_token: fc.jsonValue(),
    },
    { requiredKeys: [] },
  );
  const frame = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    header.map((fields) => writePacket(fields as { method: string; id: string })),
    header.map((fields) => JSON.stringify(fields)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(frame, { maxLength: 10 }), async (frames) => {
      const client = await again();
      for (const each of frames) client.send(each);
      const answered = client.request('GET', '/Client/v2/Configuration');
      await Promise.race([answered, client.end()]);
    }),
    { numRuns: 150 },
  );
  await at.core.run(sendMessage, at.account, { service: at.service, conversation: vault, body: 'all is well' });
  await ann.until(() => JSON.stringify(ann.messages).includes('all is well'));
});
