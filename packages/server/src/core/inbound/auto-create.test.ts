import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { InboundEvent } from '../../channels/events.ts';
import { ingestFor } from '../../channels/ingest.ts';
import { account, openRig, type Rig } from '../../channels/test-rig.ts';
import { configureAccount } from '../accounts/configure.ts';
import { configureAddress, removeAddressConfiguration } from '../address-configurations/actions.ts';
import type { AutoCreationInput } from '../address-configurations/auto-creation.ts';
import { updateConversation } from '../conversations/actions.ts';
import type { Interceptor } from '../core.ts';
import { createService } from '../services/actions.ts';
import { removeService } from '../services/remove.ts';
import { selectUnrouted } from './store.ts';

const back = { kind: 'account', account } as const;
const own = '+12025550100';
const ann = '+12025550123';
const bob = '+12025550124';

let rig: Rig;
let ingest: ReturnType<typeof ingestFor>;
beforeEach(async () => {
  rig = await openRig();
  ingest = ingestFor({ ...rig, groupTexting: true }, 'test');
});
afterEach(() => rig.close());

function configure(autoCreation: AutoCreationInput = {}, address = own) {
  return rig.core.run(configureAddress, back, {
    type: 'sms',
    address,
    autoCreation: { enabled: true, ...autoCreation },
  });
}

let events = 0;
function from(sender: string, text: string, more: { to?: string; others?: string[]; eventId?: string } = {}) {
  events += 1;
  const { to: recipient = own, others = [], eventId = `event ${events}` } = more;
  const parts = [{ kind: 'text', text } as const];
  return { type: 'message', eventId, providerId: eventId, sender, recipient, others, at: 0, parts } as InboundEvent;
}
async function take(event: InboundEvent) {
  const [taken] = await ingest([event]);
  if (taken?.type !== 'message') throw new Error('A message was not taken in as one.');
  return taken.routing;
}
const conversations = () => rig.core.db.sql.selectFrom('conversations').selectAll().orderBy('sid').execute();
const participants = (conversation: string) =>
  rig.core.db.sql
    .selectFrom('participants')
    .selectAll()
    .where('conversation_sid', '=', conversation)
    .orderBy('sid')
    .execute();
const typesOf = async (stream: string) => {
  const rows = await rig.core.db.sql
    .selectFrom('events')
    .select('type')
    .where('stream', '=', stream)
    .orderBy('position')
    .execute();
  return rows.map((row) => row.type);
};
const close = (conversation: string) =>
  rig.core.run(updateConversation, back, { service: rig.service, conversation, state: 'closed' });

describe('A message from somebody new to a configured address', () => {
  it('makes a conversation with him and the message in it; what he writes next goes there', async () => {
    await configure();
    const routing = await take(from(ann, 'hello'));
    const conversation = routing.conversation ?? '';
    expect(routing).toMatchObject({ outcome: 'routed', reason: null });
    expect(await typesOf(conversation)).toEqual(['conversation.added', 'participant.added', 'message.added']);
    const [row, ...others] = await conversations();
    expect(others).toEqual([]);
    expect(row).toMatchObject({ sid: conversation, service_sid: rig.service, state: 'active', created_by: 'system' });
    expect(row?.messaging_service_sid).toMatch(/^MG/);
    const [participant] = await participants(conversation);
    expect(participant).toMatchObject({ type: 'sms', address: ann, proxy_address: own, role_sid: null });
    expect(await rig.messages(conversation)).toMatchObject([
      { sid: routing.message, author: ann, body: 'hello', participant_sid: participant?.sid, receipt_count: 0 },
    ]);
    expect(await take(from(ann, 'again'))).toMatchObject({ outcome: 'routed', conversation });
    expect((await take(from(bob, 'hello'))).conversation).not.toBe(conversation);
  });

  it('makes it in the configured service, with the timers of the account', async () => {
    const { sid } = await rig.core.run(createService, back, { friendlyName: 'Leads' });
    await rig.core.run(configureAccount, back, { defaultInactiveTimer: 'PT1H' });
    await configure({ conversationService: sid });
    const { conversation } = await take(from(ann, 'hello'));
    expect(await conversations()).toMatchObject([
      { sid: conversation, service_sid: sid, date_inactive: rig.clock.now() + 60 * 60 * 1000 },
    ]);
  });

  it.each([
    [
      'webhook',
      { type: 'webhook', webhookUrl: 'https://example.com', webhookMethod: 'get', webhookFilters: ['onMessageAdded'] },
      { target: 'webhook', url: 'https://example.com', method: 'GET', filters: '["onMessageAdded"]' },
    ],
    [
      'studio',
      { type: 'studio', studioFlow: `FW${'1'.repeat(32)}` },
      { target: 'studio', flow_sid: `FW${'1'.repeat(32)}` },
    ],
    ['default', { type: 'default' }, undefined],
  ] as [string, AutoCreationInput, object | undefined][])(
    'attaches what the type %s says',
    async (_type, autoCreation, hook) => {
      await configure(autoCreation);
      const { conversation } = await take(from(ann, 'hello'));
      const hooks = await rig.core.db.sql.selectFrom('conversation_webhooks').selectAll().execute();
      expect(hooks).toMatchObject(hook ? [{ conversation_sid: conversation, ...hook }] : []);
    },
  );

  it('is unrouted where the address is not configured, or does not autocreate, or no longer', async () => {
    expect(await take(from(ann, 'one'))).toMatchObject({ outcome: 'unrouted' });
    const { sid } = await configure({ enabled: false });
    expect(await take(from(ann, 'two'))).toMatchObject({ outcome: 'unrouted' });
    await rig.core.run(removeAddressConfiguration, back, { configuration: sid });
    await configure();
    expect(await take(from(ann, 'three'))).toMatchObject({ outcome: 'routed' });
    await rig.core.run(removeAddressConfiguration, back, { configuration: own });
    expect(await take(from(ann, 'four'))).toMatchObject({ outcome: 'routed' });
    expect(await take(from(bob, 'five'))).toMatchObject({ outcome: 'unrouted' });
    expect((await selectUnrouted(rig.core.db, { limit: 10 })).items).toHaveLength(3);
  });

  it('is unrouted when the service was deleted', async () => {
    const { sid } = await rig.core.run(createService, back, { friendlyName: 'Leads' });
    await configure({ conversationService: sid });
    await removeService(rig.core, back, sid);
    expect(await take(from(ann, 'hello'))).toMatchObject({ outcome: 'unrouted' });
  });

  it('makes another conversation once the first one is closed', async () => {
    await configure();
    const first = await take(from(ann, 'one'));
    await close(first.conversation ?? '');
    const second = await take(from(ann, 'two'));
    expect(second).toMatchObject({ outcome: 'routed' });
    expect(second.conversation).not.toBe(first.conversation);
  });

  it('makes nothing twice when the event is repeated, also after the conversation was closed', async () => {
    await configure();
    const event = from(ann, 'hello');
    const routings = await Promise.all([take(event), take(event)]);
    expect(routings[1]).toEqual(routings[0]);
    await close(routings[0]?.conversation ?? '');
    expect(await take(event)).toEqual(routings[0]);
    expect(await conversations()).toHaveLength(1);
  });

  it('makes one open conversation for each pair, whoever writes at once and how often', async () => {
    await configure();
    await configure({}, '+12025550101');
    const senders = ['+12025550130', '+12025550131', '+12025550132'];
    const text = fc.record({
      sender: fc.constantFrom(...senders),
      to: fc.constantFrom(own, '+12025550101'),
      event: fc.nat(40),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 12 }), fc.nat(), async (texts, run) => {
        for (const { sid } of await conversations()) await close(sid).catch(() => {});
        const before = (await conversations()).length;
        const id = (one: (typeof texts)[number]) => `${run} ${events} ${one.event} ${one.sender} ${one.to}`;
        const sent = texts.map((one) => ({ ...one, eventId: id(one) }));
        const routings = await Promise.all(
          sent.map(({ sender, to, eventId }) =>
            take({
              type: 'message',
              eventId,
              providerId: eventId,
              sender,
              recipient: to,
              at: 0,
              parts: [{ kind: 'text', text: eventId }],
            }),
          ),
        );
        events += 1;
        const pairs = new Map(sent.map(({ sender, to }, at) => [`${sender} ${to}`, routings[at]?.conversation]));
        sent.forEach(({ sender, to }, at) => {
          expect(routings[at]).toMatchObject({ outcome: 'routed', conversation: pairs.get(`${sender} ${to}`) });
        });
        expect((await conversations()).length - before).toBe(pairs.size);
        const messages = await Promise.all([...pairs.values()].map((conversation) => rig.messages(conversation ?? '')));
        expect(
          messages
            .flat()
            .map(({ body }) => body)
            .sort(),
        ).toEqual([...new Set(sent.map((one) => one.eventId))].sort());
      }),
      { numRuns: 25 },
    );
  });

  it('can be given a name by the webhook that is asked, or kept out by it', async () => {
    await configure();
    let change = {};
    const intercept = (run: { input: object }, proceed: (input: unknown) => unknown) =>
      proceed({ ...run.input, ...change });
    rig.core.intercept(intercept as Interceptor);
    change = { assigned: { friendlyName: 'Ann, by phone' } };
    const named = await take(from(ann, 'hello'));
    expect(await conversations()).toMatchObject([{ sid: named.conversation, friendly_name: 'Ann, by phone' }]);
    change = { assigned: { body: 'Hello.', attributes: '{"a":1}', author: 'Ann' } };
    await take(from(ann, 'hello'));
    const [, changed] = await rig.messages(named.conversation ?? '');
    expect(changed).toMatchObject({ body: 'Hello.', attributes: '{"a":1}', author: 'Ann' });
    const kept = async (text: string) => {
      const reason = expect.stringContaining(text);
      expect(await take(from(bob, 'hello'))).toMatchObject({ outcome: 'unrouted', conversation: null, reason });
    };
    change = { refused: 'Rejected' };
    await kept('Rejected');
    change = { assigned: { friendlyName: 'x'.repeat(257) } };
    await kept('too long');
    change = { assigned: { attributes: '{' } };
    await kept('JSON');
    change = { assigned: { author: 'x'.repeat(257) } };
    await kept('Author');
    expect(await conversations()).toHaveLength(1);
  });
});

describe('A group text', () => {
  const group = (sender: string, text: string, ...others: string[]) => from(sender, text, { others });

  it('from new people to a configured number makes a group, which is initializing until all are in it', async () => {
    await configure();
    const routing = await take(group(ann, 'hello all', bob));
    const conversation = routing.conversation ?? '';
    expect(await typesOf(conversation)).toEqual([
      'conversation.added',
      'participant.added',
      'participant.added',
      'participant.added',
      'conversation.updated',
      'message.added',
    ]);
    const states = await rig.core.db.sql
      .selectFrom('events')
      .select('data')
      .where('stream', '=', conversation)
      .where('type', 'like', 'conversation.%')
      .orderBy('position')
      .execute();
    expect(states.map(({ data }) => JSON.parse(data).state)).toEqual(['initializing', 'active']);
    expect(await participants(conversation)).toMatchObject([
      { type: 'sms', address: ann, proxy_address: null, projected_address: null },
      { type: 'sms', address: null, projected_address: own, identity: null },
      { type: 'sms', address: bob, proxy_address: null, projected_address: null },
    ]);
    // The network has brought it to the other phone.
    expect(await rig.messages(conversation)).toMatchObject([{ author: ann, body: 'hello all', receipt_count: 0 }]);
    expect(await take(group(bob, 'hi', ann))).toMatchObject({ outcome: 'routed', conversation });
    expect(await rig.outbox()).toEqual([]);
  });

  it('goes to the group of exactly its numbers, and no other', async () => {
    await configure();
    const three = (await take(group(ann, 'one', bob))).conversation;
    const four = (await take(group(ann, 'two', bob, '+12025550125'))).conversation;
    const two = (await take(from(ann, 'three'))).conversation;
    expect(new Set([three, four, two]).size).toBe(3);
    expect((await take(group('+12025550125', 'four', ann, bob))).conversation).toBe(four);
    expect((await take(group(bob, 'five', ann))).conversation).toBe(three);
    expect((await take(from(ann, 'six'))).conversation).toBe(two);
  });

  it('has own numbers that are configured as projected addresses', async () => {
    await configure();
    await configure({ enabled: false }, '+12025550101');
    const { conversation } = await take(group(ann, 'hello', '+12025550101'));
    expect((await participants(conversation ?? '')).map((row) => row.projected_address)).toEqual([
      null,
      own,
      '+12025550101',
    ]);
  });

  it('makes another group once the first one is closed', async () => {
    await configure();
    const first = (await take(group(ann, 'one', bob))).conversation ?? '';
    await close(first);
    expect((await take(group(ann, 'two', bob))).conversation).not.toBe(first);
  });

  it('is unrouted when it has too many numbers', async () => {
    await configure();
    const others = Array.from({ length: 9 }, (_, n) => `+1202555014${n}`);
    expect(await take(group(ann, 'hello', ...others))).toMatchObject({
      outcome: 'unrouted',
      reason: expect.stringContaining('10'),
    });
  });

  it('makes one group when all of its phones write at once', async () => {
    await configure();
    const phones = [ann, bob, '+12025550125'];
    const routings = await Promise.all(
      Array.from({ length: 9 }, (_, n) => {
        const sender = phones[n % 3] ?? '';
        return take(group(sender, `text ${n}`, ...phones.filter((phone) => phone !== sender)));
      }),
    );
    expect(new Set(routings.map(({ conversation }) => conversation)).size).toBe(1);
    expect(await rig.messages(routings[0]?.conversation ?? '')).toHaveLength(9);
  });

  it('is one to the own number alone where there is no group texting', async () => {
    await configure();
    ingest = ingestFor(rig, 'test');
    const { conversation } = await take(group(ann, 'hello', bob));
    expect(await participants(conversation ?? '')).toMatchObject([{ address: ann, proxy_address: own }]);
    expect((await take(from(ann, 'again'))).conversation).toBe(conversation);
  });
});
