import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { newOutgoing } from '../outgoing.ts';
import {
  type DeliveryAmounts,
  deliveryOf,
  type MessageView,
  readMarks,
  withMessages,
  withoutArrived,
  withParticipant,
} from './thread-state.ts';

const none: DeliveryAmounts = {
  total: 1,
  sent: 'none',
  delivered: 'none',
  read: 'none',
  failed: 'none',
  undelivered: 'none',
};

function message(index: number, author: string, body = `text ${index}`): MessageView {
  return { sid: `IM${index}`, index, author, body, dateCreated: null, delivery: null, errorCode: null };
}

describe('the word for a delivery', () => {
  test.each<[string, DeliveryAmounts | null, string | null]>([
    ['nothing without a summary', null, null],
    ['nothing when nobody gets a copy', { ...none, total: 0 }, null],
    ['queued while no copy has left', none, 'queued'],
    ['sent', { ...none, sent: 'all' }, 'sent'],
    ['delivered rather than sent', { ...none, sent: 'all', delivered: 'all' }, 'delivered'],
    ['read rather than delivered', { ...none, sent: 'all', delivered: 'all', read: 'some' }, 'read'],
    ['failed, although another copy was delivered', { ...none, total: 2, delivered: 'some', failed: 'some' }, 'failed'],
    ['failed for an undelivered copy, too', { ...none, sent: 'all', undelivered: 'all' }, 'failed'],
  ])('is %s', (_, receipt, word) => {
    expect(deliveryOf(receipt)).toBe(word);
  });
});

test('Messages stand in the order of their index, once each, however they arrive', () => {
  const indexes = fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 40 });
  fc.assert(
    fc.property(indexes, fc.integer({ min: 1, max: 10 }), (arrivals, batch) => {
      let list: MessageView[] = [];
      for (let from = 0; from < arrivals.length; from += batch) {
        list = withMessages(
          list,
          arrivals.slice(from, from + batch).map((index) => message(index, 'ann')),
        );
      }
      expect(list.map((one) => one.index)).toEqual([...new Set(arrivals)].sort((a, b) => a - b));
    }),
  );
});

test('A message that comes again takes the place of its former state', () => {
  const list = withMessages([message(0, 'ann', 'old'), message(1, 'ben')], [message(0, 'ann', 'new')]);
  expect(list.map((one) => one.body)).toEqual(['new', 'text 1']);
});

test('A participant is added once and then replaced', () => {
  const ann = { sid: 'MB1', identity: 'ann', lastReadMessageIndex: null };
  const list = withParticipant(withParticipant([], ann), { ...ann, lastReadMessageIndex: 3 });
  expect(list).toEqual([{ ...ann, lastReadMessageIndex: 3 }]);
});

describe('read marks', () => {
  const messages = [message(0, 'ann'), message(1, 'ben'), message(2, 'ann'), message(4, 'ben')];
  const reader = (identity: string | null, lastReadMessageIndex: number | null) => ({
    sid: `MB-${identity}`,
    identity,
    lastReadMessageIndex,
  });

  test('stand at the last message of somebody else that the reader has read', () => {
    expect(readMarks(messages, [reader('ben', 4)], 'ann')).toEqual(new Map([[2, ['ben']]]));
    expect(readMarks(messages, [reader('ben', 1)], 'ann')).toEqual(new Map([[0, ['ben']]]));
  });

  test('do not need the message of the horizon itself, which may be removed', () => {
    expect(readMarks(messages, [reader('ben', 3)], 'ann')).toEqual(new Map([[2, ['ben']]]));
  });

  test('leave out oneself, the phone, and who has read nothing', () => {
    expect(readMarks(messages, [reader('ann', 4), reader(null, 4), reader('ben', null)], 'ann')).toEqual(new Map());
  });

  test('gather the readers of one message', () => {
    expect(readMarks(messages, [reader('ben', 2), reader('cleo', 2)], 'ann')).toEqual(new Map([[2, ['ben', 'cleo']]]));
  });
});

test('An own message that arrives takes the first waiting entry of its text, and no failed one', () => {
  const failed = { ...newOutgoing('hello'), state: 'failed' as const };
  const [first, second] = [newOutgoing('hello'), newOutgoing('hello')];
  expect(withoutArrived([failed, first, second], 'hello')).toEqual([failed, second]);
  expect(withoutArrived([failed, first], 'something else')).toEqual([failed, first]);
});
