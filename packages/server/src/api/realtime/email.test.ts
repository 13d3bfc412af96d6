import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { updateConversation } from '../../core/conversations/actions.ts';
import { sendMessage } from '../../core/messages/actions.ts';
import { addParticipant, removeParticipant } from '../../core/participants/actions.ts';
import { createRole } from '../../core/roles/actions.ts';
import { createService } from '../../core/services/actions.ts';
import { changeDatabase } from '../../testing/change-database.ts';
import { type OpenRealtime, openRealtime, testKeys } from '../../testing/open-realtime.ts';
import type { RawClient } from '../../testing/raw-client.ts';
import { makeToken } from '../tokens.ts';

let at: OpenRealtime;
let conversation: string;
let ann: RawClient;
let role: string;
beforeAll(async () => {
  at = await openRealtime();
  const permissions = ['addNonChatParticipant', 'sendMessage'] as const;
  const input = { service: at.service, friendlyName: 'host', type: 'conversation', permissions } as const;
  role = (await at.core.run(createRole, at.account, input)).sid;
});
beforeEach(async () => {
  conversation = await at.roomOf('ben');
  await at.core.run(addParticipant, at.account, { ...inRoom(), identity: 'ann', role });
  ann = await at.connect('ann');
});
afterAll(() => at.discard());

const inRoom = () => ({ service: at.service, conversation });

let phones = 1000;

/** Nobody sends e-mail so far, so nobody gets a copy by it: a phone that got some is made somebody by e-mail. */
async function mailbox(local: string, more: { name?: string; level?: string } = {}): Promise<string> {
  phones += 1;
  const phone = { address: `+1303555${phones}`, proxyAddress: '+12025550100' };
  const { sid } = await at.core.run(addParticipant, at.account, { ...inRoom(), ...phone });
  await changeDatabase(
    at.directory,
    "UPDATE participants SET type = 'email', address = ?, binding_name = ?, binding_level = ? WHERE sid = ?",
    `mailto:${local}@example.com`,
    more.name ?? null,
    more.level ?? 'to',
    sid,
  );
  return sid;
}

const write = (author: string) => at.core.run(sendMessage, at.account, { ...inRoom(), author, body: 'x' });
const whole = async (client: RawClient) => {
  const pages: unknown[][] = [];
  for (let next: string | undefined; ; ) {
    const page = await client.call('conversations.recipients', { conversation, limit: 2, ...(next && { next }) });
    pages.push(page.items);
    if (page.next === null) return pages;
    next = page.next;
  }
};

describe('Somebody by e-mail', () => {
  test('is added with name and level, and everybody sees them.', async () => {
    const email = { address: 'Cat@Example.com', proxyAddress: '', name: 'Cat', level: 'cc' } as const;
    const cat = await ann.call('participants.addNonChat', { conversation, ...email });
    const binding = { address: 'Cat@example.com', proxyAddress: null, projectedAddress: null };
    expect(cat).toMatchObject({ type: 'email', identity: null, binding: { ...binding, name: 'Cat', level: 'cc' } });
    const dan = { conversation, address: 'dan@example.com', proxyAddress: '' };
    expect((await ann.call('participants.addNonChat', dan)).binding).toMatchObject({ name: '', level: 'to' });
    const ben = await at.connect('ben');
    const { items } = await ben.call('participants.list', { conversation });
    expect(items.map(({ binding }) => binding && [binding.name, binding.level])).toEqual([
      null,
      null,
      ['Cat', 'cc'],
      ['', 'to'],
    ]);
    expect((await ann.event('participant.added')).data).toMatchObject({ binding: { name: 'Cat', level: 'cc' } });
  });

  test.each(['', 'shop@example.com', '+12025550100', '+13015550100', 'cat@example.com'])(
    'is added with whatever own address (%j), as the contract’s SDK wants one: the conversation has it.',
    async (proxyAddress) => {
      const cat = await ann.call('participants.addNonChat', { conversation, address: 'cat@example.com', proxyAddress });
      expect(cat).toMatchObject({ type: 'email', binding: { address: 'cat@example.com', proxyAddress: null } });
    },
  );

  test.each([
    ['a name of a phone', { address: '+13035550111', proxyAddress: '+12025550100', name: 'Cat' }, 50420],
    ['a level of a phone', { address: '+13035550111', proxyAddress: '+12025550100', level: 'to' }, 50420],
    [
      'an own number that is not of this server',
      { address: '+13035550111', proxyAddress: '+13015550100', name: 'Cat' },
      50413,
      403,
    ],
    ['no own address for a phone', { address: '+13035550111', proxyAddress: '' }, 50412],
    ['a level that there is not', { address: 'cat@example.com', proxyAddress: '', level: 'bcc' }, -32602],
    ['the level of a sender', { address: 'cat@example.com', proxyAddress: '', level: 'from' }, -32602],
    ['too long a name', { address: 'cat@example.com', proxyAddress: '', name: 'x'.repeat(257) }, 20422],
    ['a name that is no text', { address: 'cat@example.com', proxyAddress: '', name: 1 }, -32602],
  ] as [string, object, number, number?][])('is not added with %s.', async (_what, participant, code, status = 400) => {
    const before = at.events.length;
    const adding = ann.call('participants.addNonChat', { conversation, ...participant } as never);
    await expect(adding).rejects.toMatchObject({ code, data: { status } });
    expect(at.events.length).toBe(before);
  });
});

test('A conversation tells whom its e-mails come from, once that is set.', async () => {
  const shown = async () => (await ann.call('conversations.get', { conversation })).conversation.email;
  expect(await shown()).toBeUndefined();
  const set = (emailAddress: string | null, emailName: string | null) =>
    at.core.run(updateConversation, at.account, { ...inRoom(), emailAddress, emailName });
  await set('shop@example.com', null);
  expect(await shown()).toEqual({ projected_address: 'shop@example.com' });
  expect((await ann.event('conversation.updated')).data.email).toEqual({ projected_address: 'shop@example.com' });
  await set(null, 'The shop');
  expect(await shown()).toEqual({ projected_address: '', name: 'The shop' });
  await set(null, null);
  expect(await shown()).toBeUndefined();
});

describe('The recipients of a message', () => {
  test('are those by e-mail who got a copy, with their level and name, after the sender if he is by e-mail.', async () => {
    const plain = await write('ann');
    await mailbox('cat', { name: 'Cat' });
    await mailbox('dan', { level: 'cc' });
    await at.core.run(addParticipant, at.account, {
      ...inRoom(),
      address: '+13035559999',
      proxyAddress: '+12025550100',
    });
    const own = await write('ann');
    const mail = await write('cat@example.com');
    const of = async ({ idx: index }: { idx: number }) =>
      (await ann.call('messages.recipients', { conversation, index })).items;
    const dan = { type: 'email', level: 'cc', name: '', address: 'dan@example.com' };
    const cat = { type: 'email', level: 'to', name: 'Cat', address: 'cat@example.com' };
    expect(await of(plain)).toEqual([]);
    expect(await of(own)).toEqual([
      { messageSid: own.sid, ...cat },
      { messageSid: own.sid, ...dan },
    ]);
    expect(await of(mail)).toEqual([
      { messageSid: mail.sid, ...cat, level: 'from' },
      { messageSid: mail.sid, ...dan },
    ]);
    const sids = [own.sid, own.sid, mail.sid, mail.sid];
    const pages = await whole(ann);
    expect(pages.map((page) => page.length)).toEqual([2, 2]);
    expect(pages.flat()).toMatchObject(sids.map((messageSid) => ({ messageSid })));
  });

  test('stay those when they have left.', async () => {
    const [cat, dan] = [await mailbox('cat', { name: 'Cat' }), await mailbox('dan', { level: 'cc' })];
    await write('ann');
    await write('dan@example.com');
    const before = await whole(ann);
    expect(before.flat()).toHaveLength(4);
    for (const participant of [cat, dan]) {
      await at.core.run(removeParticipant, at.account, { ...inRoom(), participant });
    }
    // Somebody in chat may be called as if he were by e-mail.
    const identity = 'eve@example.com';
    await at.core.run(addParticipant, at.account, { ...inRoom(), identity });
    await write(identity);
    await at.core.run(removeParticipant, at.account, { ...inRoom(), participant: identity });
    expect(await whole(ann)).toEqual(before);
    const { items } = await ann.call('messages.recipients', { conversation, index: 1 });
    expect(items).toEqual(before.flat().slice(2));
  });

  test('are found however far apart their messages are, a page within bounds at a time.', async () => {
    const cat = await mailbox('cat');
    await write('ann');
    await at.core.run(removeParticipant, at.account, { ...inRoom(), participant: cat });
    await Promise.all(Array.from({ length: 1200 }, () => write('ann')));
    await mailbox('dan');
    await write('ann');
    const pages = await whole(ann);
    expect(pages.flat()).toMatchObject([{ address: 'cat@example.com' }, { address: 'dan@example.com' }]);
    expect(pages.length).toBeLessThan(4);
  });

  test('are for those who see the conversation.', async () => {
    await mailbox('cat');
    await write('ann');
    const { sid: service } = await at.core.run(createService, at.account, { friendlyName: 'other' });
    const [stranger, foreign] = [await at.connect('eve'), await at.socket()];
    await foreign.call('connect', { token: await makeToken(testKeys, { identity: 'ann', service }, at.clock.now()) });
    await at.core.run(removeParticipant, at.account, { ...inRoom(), participant: 'ann' });
    for (const client of [stranger, foreign, ann]) {
      const refused = { code: 50350 };
      await expect(client.call('messages.recipients', { conversation, index: 0 })).rejects.toMatchObject(refused);
      await expect(client.call('conversations.recipients', { conversation })).rejects.toMatchObject(refused);
    }
  });

  test('They are found among many who have left, on pages however short.', async () => {
    const cat = await mailbox('cat');
    const dan = await mailbox('dan');
    await write('ann');
    await write('ann');
    for (let n = 0; n < 205; n += 1) {
      const { sid } = await at.core.run(addParticipant, at.account, { ...inRoom(), identity: `guest ${n}` });
      await at.core.run(removeParticipant, at.account, { ...inRoom(), participant: sid });
    }
    for (const participant of [cat, dan]) {
      await at.core.run(removeParticipant, at.account, { ...inRoom(), participant });
    }
    const addresses = (await whole(ann)).flat().map((one) => (one as { address: string }).address);
    expect(addresses).toEqual(['cat', 'dan', 'cat', 'dan'].map((local) => `${local}@example.com`));
  });

  test.each([
    ['messages.recipients', { index: 7 }, 50500],
    ['messages.recipients', { index: -1 }, -32602],
    ['messages.recipients', {}, -32602],
    ['conversations.recipients', { next: 'x' }, 20422],
    ['conversations.recipients', { next: Buffer.from('["a","b"]').toString('base64url') }, 20422],
    ['conversations.recipients', { next: Buffer.from('[-1,-1]').toString('base64url') }, 20422],
    ['conversations.recipients', { next: Buffer.from('[1e300,0.5]').toString('base64url') }, 20422],
    ['conversations.recipients', { limit: 0 }, -32602],
    ['conversations.recipients', { limit: 101 }, -32602],
  ] as const)('are not told by %s of %j.', async (method, params, code) => {
    await expect(ann.call(method, { conversation, ...params } as never)).rejects.toMatchObject({ code });
  });
});
