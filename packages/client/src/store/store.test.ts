import type { ConnectResult, ConversationEntry, MessageResource, Sid } from '@colloquy/protocol';
import { expect, it } from 'vitest';
import { Requests } from '../connection/requests.ts';
import type { Context } from '../context.ts';
import { attachmentLimits } from '../testing/fake-session.ts';
import { collectGarbage } from '../testing/garbage.ts';
import { ManualTimers } from '../testing/manual-timers.ts';
import { Store } from './store.ts';

const conversations = 1000;
const messagesEach = 100;

function entry(at: number): ConversationEntry {
  const sid: Sid<'CH'> = `CH${at}`;
  const conversation = { sid, friendlyName: `Number ${at}`, attributes: '{}', lastMessage: null };
  const membership = { conversationSid: sid, participantSid: `MB${at}` };
  return { conversation, membership, position: 1 } as unknown as ConversationEntry;
}

function message(sid: Sid<'CH'>, index: number): MessageResource {
  const body = `Message ${index} of ${sid}, which has some length, as messages have`;
  return {
    sid: `IM${sid}-${index}`,
    conversationSid: sid,
    index,
    author: 'bob',
    body,
    subject: null,
    attributes: '{}',
    participantSid: null,
    contentSid: null,
    lastUpdatedBy: null,
    delivery: null,
    dateCreated: index,
    dateUpdated: index,
    position: 5,
  };
}

function storeOf(requests: Requests, emit: Context['emit']): Store {
  return new Store(
    { phase: 'connected', token: '', openCalls: requests, restart: () => {} },
    '',
    new ManualTimers(),
    emit,
  );
}

it('hears that it is out of a conversation before what happened in there, and does not ask for that any more', () => {
  const asked: string[] = [];
  const requests = new Requests(Date);
  requests.sendOn((frame) => asked.push(JSON.parse(frame).method));
  const store = storeOf(requests, () => {});
  const connected = {
    user: { sid: 'US1', attributes: '{}' },
    position: 1,
    cursor: '1',
    reset: [],
    conversations: null,
    limits: attachmentLimits,
  };
  store.welcomed(connected as unknown as ConnectResult);
  const [left] = store.conversationStore.putAll([entry(1)]);
  const data = { membership: entry(1).membership, reason: 'removed' };
  const events = [
    { stream: 'US1', position: 2, type: 'membership.removed', time: 0, data },
    { stream: 'CH1', position: 5, type: 'message.added', time: 0, data: message('CH1', 0) },
  ];
  store.welcomed({ ...connected, position: 2, events } as unknown as ConnectResult);
  expect(left?.status).toBe('notParticipating');
  // The event that came for it all the same needs one look, whether the user came in again; a gap is not filled.
  expect(asked).toEqual(['conversations.get']);
});

it('stays small however many messages pass through, but changes every one that the program holds', async () => {
  const seen: unknown[] = [];
  const emit = ((event: string, args: unknown) => {
    if (event === 'messageUpdated') seen.push(args);
  }) as Context['emit'];
  const store = storeOf(new Requests(Date), emit);
  store.welcomed({
    user: { sid: 'US1', attributes: '{}' },
    position: 1,
    cursor: '1',
    conversations: null,
    limits: attachmentLimits,
  } as unknown as ConnectResult);
  const all = store.conversationStore.putAll(Array.from({ length: conversations }, (_, at) => entry(at)));
  let held: unknown;
  all[0]?.once('messageAdded', (first) => {
    held = first;
  });

  await collectGarbage();
  const before = process.memoryUsage().heapUsed;
  for (let index = 0; index < messagesEach; index += 1) {
    // Weak references hold on until the turn of the event loop is over.
    if (index % 2 === 0) await collectGarbage();
    for (let at = 0; at < conversations; at += 1) {
      const stream: Sid<'CH'> = `CH${at}`;
      const data = message(stream, index);
      store.notified('event', { stream, position: index + 2, type: 'message.added', time: 0, data });
    }
  }
  await collectGarbage();
  const grown = process.memoryUsage().heapUsed - before;
  // 100,000 messages came; a thousand are remembered, at well under 2 kB each, and where each conversation stands.

  expect(grown).toBeLessThan(3_000_000);

  const changed = { ...message('CH0', 0), body: 'changed', position: messagesEach + 2 };
  store.notified('event', {
    stream: 'CH0',
    position: messagesEach + 2,
    type: 'message.updated',
    time: 0,
    data: changed,
  });
  expect(held).toMatchObject({ index: 0, body: 'changed' });
  expect(seen).toEqual([{ message: held, updateReasons: ['body'] }]);
});
