import { rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openCore } from '../../testing/open-core.ts';
import { json, type OpenPreAction, openPreAction } from '../../testing/open-pre-action.ts';
import type { ReceivedRequest } from '../../testing/webhook-receiver.ts';

let at: OpenPreAction;
let discard: () => Promise<void>;
beforeEach(async () => {
  at = await openPreAction();
  discard = at.discard;
});
afterEach(() => discard());

/** Lets the webhook answer to the messages one by one, in whatever order the test likes. */
function holdMessages() {
  const gates = new Map<string, PromiseWithResolvers<void>>();
  const gateOf = (body: string) => {
    const gate = gates.get(body) ?? Promise.withResolvers<void>();
    gates.set(body, gate);
    return gate;
  };
  const answer = ({ values: { Body = '' } }: ReceivedRequest) => ({
    ...(Body.includes('refused') ? { status: 403 } : json({ body: `${Body}!` })),
    after: gateOf(Body).promise,
  });
  at.answerTo('onMessageAdd', answer);
  return (body: string) => gateOf(body).resolve();
}

/** As soon as the webhook has been asked about so many messages. */
async function askedAbout(count: number): Promise<(string | undefined)[]> {
  const bodies = () => at.asked('onMessageAdd').map(({ values }) => values['Body']);
  while (bodies().length < count) await at.receiver.first(at.receiver.received.length + 1);
  return bodies();
}

async function bodiesIn(conversation: string): Promise<(string | null)[]> {
  return (await at.ann.call('messages.list', { conversation, limit: 100 })).items.map(({ body }) => body);
}

describe('While the webhook is slow', () => {
  it('messages of one client to one conversation are asked about side by side, and stay in order', async () => {
    const conversation = await at.converse();
    const answer = holdMessages();
    const sends = ['one', 'two', 'refused', 'three'].map((body) =>
      at.ann.call('messages.send', { conversation, body }),
    );
    const settled = Promise.allSettled(sends);
    expect((await askedAbout(4)).toSorted()).toEqual(['one', 'refused', 'three', 'two']);
    for (const body of ['three', 'refused', 'two']) answer(body);
    // The refusal waits for nobody; the others wait for the first.
    await expect(sends[2]).rejects.toMatchObject({ code: 50056 });
    expect(await bodiesIn(conversation)).toEqual([]);
    answer('one');
    expect((await settled).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(await bodiesIn(conversation)).toEqual(['one!', 'two!', 'three!']);
  });

  it('messages each of which comes after the one before are asked about side by side, and all fall with one', async () => {
    const conversation = await at.converse();
    const answer = holdMessages();
    const bodies = ['one', 'refused', 'three', 'four'];
    const sends = bodies.map((body, n) =>
      at.ann.call('messages.send', { conversation, body, key: body, ...(n > 0 && { after: bodies[n - 1] as string }) }),
    );
    const settled = Promise.allSettled(sends);
    expect((await askedAbout(4)).toSorted()).toEqual(bodies.toSorted());
    for (const body of bodies.toReversed()) answer(body);
    expect(await settled).toMatchObject([
      { value: { body: 'one!' } },
      { reason: { code: 50056 } },
      { reason: { code: 20412 } },
      { reason: { code: 20412 } },
    ]);
    expect(await bodiesIn(conversation)).toEqual(['one!']);
    // Without the one that nobody wants, the others go on.
    await at.ann.call('messages.send', { conversation, body: 'three', key: 'three', after: 'one' });
    await at.ann.call('messages.send', { conversation, body: 'four', key: 'four', after: 'three' });
    expect(await bodiesIn(conversation)).toEqual(['one!', 'three!', 'four!']);
  });

  it('what the client does afterwards in the same conversation comes afterwards, asked about or not', async () => {
    const conversation = await at.converse();
    const answer = holdMessages();
    const sending = at.ann.call('messages.send', { conversation, body: 'one' });
    const reading = at.ann.call('membership.update', { conversation, read: { mode: 'all' } });
    await askedAbout(1);
    answer('one');
    await sending;
    expect((await reading).membership.lastReadMessageIndex).toBe(0);
  });

  it('a message right after the joining that it needs is accepted', async () => {
    const { conversation } = await at.ann.call('conversations.create', {});
    const go = Promise.withResolvers<void>();
    at.answerTo('onParticipantAdd', { status: 200, after: go.promise });
    const joining = at.ann.call('conversations.join', { conversation: conversation.sid });
    const sending = at.ann.call('messages.send', { conversation: conversation.sid, body: 'Hi' });
    await at.receiver.first(2, '/before');
    go.resolve();
    await joining;
    expect((await sending).index).toBe(0);
    expect(at.asked('onMessageAdd')).toHaveLength(1);
  });

  it("other conversations, other people and the same user's reading go on", async () => {
    const conversation = await at.converse();
    const other = await at.converse();
    await at.ann.call('participants.add', { conversation, identity: 'bob' });
    const bob = await at.connect('bob');
    const answer = holdMessages();
    const held = at.ann.call('messages.send', { conversation, body: 'held' });
    await askedAbout(1);
    answer('other');
    answer('from bob');
    expect((await at.ann.call('messages.send', { conversation: other, body: 'other' })).body).toBe('other!');
    expect((await bob.call('messages.send', { conversation, body: 'from bob' })).index).toBe(0);
    expect((await at.ann.call('conversations.get', { conversation })).conversation.sid).toBe(conversation);
    await at.post(`/v1/Conversations/${conversation}/Messages`, { Body: 'by REST' });
    answer('held');
    expect((await held).index).toBe(2);
  });

  it('what has changed meanwhile is looked at again', async () => {
    const conversation = await at.converse();
    const answer = holdMessages();
    const sending = at.ann.call('messages.send', { conversation, body: 'one' });
    await askedAbout(1);
    await at.post(`/v1/Conversations/${conversation}`, { State: 'closed' });
    answer('one');
    await expect(sending).rejects.toMatchObject({ code: 50377 });
  });
});

it('A server that stops does not wait for a webhook, and stores nothing that it was asked about.', async () => {
  const conversation = await at.converse();
  holdMessages();
  const sending = at.ann.call('messages.send', { conversation, body: 'one' });
  const failed = expect(sending).rejects.toThrow();
  await askedAbout(1);
  await at.server.close();
  discard = async () => {
    await at.receiver.close();
    rmSync(at.config.dataDir, { recursive: true });
  };
  await failed;
  const again = await openCore({ directory: at.config.dataDir });
  expect(await again.core.db.sql.selectFrom('messages').selectAll().execute()).toEqual([]);
  await again.close();
});

describe('Calls under way', () => {
  it('are 128 at most, and the others wait for theirs', async () => {
    const rooms = await Promise.all([0, 1, 2].map(() => at.converse()));
    const go = Promise.withResolvers<void>();
    at.answerTo('onMessageAdd', { status: 200, after: go.promise });
    const sends = Array.from({ length: 150 }, (_, index) =>
      at.ann.call('messages.send', { conversation: rooms[index % 3] as string, body: `${index}` }),
    );
    expect(await askedAbout(128)).toHaveLength(128);
    // A call that did not fit would come before the answer to this one.
    await at.ann.call('conversations.get', { conversation: rooms[0] as string });
    expect(at.asked('onMessageAdd')).toHaveLength(128);
    go.resolve();
    await Promise.all(sends);
    expect(at.asked('onMessageAdd')).toHaveLength(150);
    expect(await bodiesIn(rooms[0] as string)).toEqual(Array.from({ length: 50 }, (_, index) => `${index * 3}`));
  });
});
