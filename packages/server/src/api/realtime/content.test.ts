import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTemplate, removeTemplate } from '../../core/content/actions.ts';
import { createConversation } from '../../core/conversations/actions.ts';
import { addParticipant } from '../../core/participants/actions.ts';
import { createService } from '../../core/services/actions.ts';
import { type OpenRealtime, openRealtime, testKeys } from '../../testing/open-realtime.ts';
import { makeToken } from '../tokens.ts';

let at: OpenRealtime;
let template: string;
beforeEach(async () => {
  at = await openRealtime();
  const { sid } = await at.core.run(createTemplate, at.account, {
    language: 'en',
    variables: { 1: 'you' },
    types: { 'twilio/quick-reply': { body: 'Coming, {{1}}?', actions: [{ title: 'Yes', id: '{{1}}' }] } },
  });
  template = sid;
});
afterEach(() => at.discard());

test('a user sends a template; others get its text, and what it shows when they ask', async () => {
  const conversation = await at.roomOf('ann', 'bob');
  const [ann, bob] = [await at.connect('ann'), await at.connect('bob')];
  const sent = await ann.call('messages.send', {
    conversation,
    contentSid: template,
    contentVariables: '{"1":"Bob"}',
    body: 'not this',
  });
  expect(sent).toMatchObject({ body: 'Coming, Bob?', contentSid: template, author: 'ann' });
  expect((await bob.event('message.added')).data).toMatchObject({ body: 'Coming, Bob?', contentSid: template });
  const plain = await ann.call('messages.send', { conversation, body: 'plain' });
  expect(await bob.call('messages.content', { conversation, index: sent.index })).toEqual({
    content: {
      type: 'quickReply',
      body: 'Coming, Bob?',
      replies: [{ title: 'Yes', id: 'Bob' }],
      rawData: '{"body":"Coming, Bob?","actions":[{"title":"Yes","id":"Bob"}]}',
    },
  });
  expect(await bob.call('messages.content', { conversation, index: plain.index })).toEqual({ content: null });
  await expect(bob.call('messages.content', { conversation, index: 99 })).rejects.toMatchObject({ code: 50500 });
  const stranger = await at.connect('eve');
  await expect(stranger.call('messages.content', { conversation, index: 0 })).rejects.toMatchObject({ code: 50350 });
});

test.each([
  [{ contentSid: 'HX1' }, 50526],
  [{ contentSid: `HX${'0'.repeat(32)}` }, 20422],
  [{ contentVariables: '{}', body: 'x' }, 50528],
  [{ contentVariables: '[]' }, 50527],
  [{}, 50503],
])('what does not fit is refused as over REST: %j', async (params, code) => {
  const conversation = await at.roomOf('ann');
  const ann = await at.connect('ann');
  const contentSid = code === 50527 ? { contentSid: template } : {};
  await expect(ann.call('messages.send', { conversation, ...contentSid, ...params })).rejects.toMatchObject({ code });
});

test('people outside chat get the text', async () => {
  const { core, account, service } = at;
  const room = await core.run(createConversation, account, { service });
  const phone = { address: '+12025550177', proxyAddress: '+12025550100' };
  await core.run(addParticipant, account, { service, conversation: room.sid, ...phone });
  await core.run(addParticipant, account, { service, conversation: room.sid, identity: 'ann' });
  const ann = await at.connect('ann');
  await ann.call('messages.send', { conversation: room.sid, contentSid: template });
  const [work] = await core.db.sql.selectFrom('outbox').select('payload').where('kind', '=', 'channel').execute();
  expect(JSON.parse(work?.payload ?? '{}')).toMatchObject({ body: 'Coming, you?', recipient: '+12025550177' });
});

test('every user lists the templates of the account, oldest first, page by page', async () => {
  const { core, account } = at;
  const more = ['One', 'Two'].map((friendlyName) =>
    core.run(createTemplate, account, {
      friendlyName,
      language: 'en',
      variables: {},
      types: { 'twilio/text': { body: friendlyName } },
    }),
  );
  const sids = [template, ...(await Promise.all(more)).map(({ sid }) => sid).sort()];
  const ann = await at.connect('ann');
  const first = await ann.call('content.list', { limit: 2 });
  const second = await ann.call('content.list', { limit: 2, next: first.next ?? '' });
  expect([...first.items, ...second.items].map(({ sid }) => sid)).toEqual(sids);
  expect(second.next).toBe(null);
  expect(first.items[0]).toEqual({
    sid: template,
    friendlyName: null,
    variables: { 1: 'you' },
    variants: {
      'twilio/quick-reply': {
        type: 'quickReply',
        body: 'Coming, {{1}}?',
        replies: [{ title: 'Yes', id: '{{1}}' }],
        rawData: '{"body":"Coming, {{1}}?","actions":[{"title":"Yes","id":"{{1}}"}]}',
      },
    },
    dateCreated: at.clock.now(),
    dateUpdated: at.clock.now(),
  });
  const { sid: service } = await core.run(createService, account, { friendlyName: 'other' });
  const neighbour = await at.socket();
  await neighbour.call('connect', { token: await makeToken(testKeys, { identity: 'x', service }, at.clock.now()) });
  expect((await neighbour.call('content.list', {})).items.map(({ sid }) => sid)).toEqual(sids);
  await core.run(removeTemplate, account, { template });
  expect((await ann.call('content.list', {})).items.map(({ sid }) => sid)).toEqual(sids.slice(1));
  const nul = Buffer.from(JSON.stringify(['a\0'])).toString('base64url');
  for (const next of ['[]', nul])
    await expect(ann.call('content.list', { next })).rejects.toMatchObject({ code: 20422 });
  await expect(ann.call('content.list', { limit: 101 })).rejects.toMatchObject({ code: -32602 });
});
