import { EventEmitter, once } from 'node:events';
import { expect, test } from 'vitest';
import type { Feeds } from '../../bus/bus.ts';
import { LateJoins } from './late-joins.ts';
import type { Subscriber } from './subscriber.ts';

const room = `CH${'1'.repeat(32)}`;

test('Who comes into a conversation that is not followed here has to come back, and is listened for no more.', async () => {
  const asked: string[] = [];
  const feeds: Feeds = {
    listen: () => void asked.push('listen'),
    unlisten: () => void asked.push('unlisten'),
    ready: () => undefined,
    positionOf: () => undefined,
    catchUp: async () => {},
    read: async () => [],
    onEnded: () => () => {},
  };
  const told = new EventEmitter();
  const subscriber: Subscriber = {
    user: `US${'1'.repeat(32)}`,
    deliver: () => {},
    cork: () => {},
    uncork: () => {},
    notify: () => {},
    userRemoved: () => {},
    interrupted: () => told.emit('interrupted'),
  };
  const errors: unknown[] = [];
  const joins = new LateJoins(feeds, { add: () => {}, deliver: () => {} }, (error) => errors.push(error));
  const interrupted = once(told, 'interrupted');
  joins.begin(subscriber, room, 7);
  await interrupted;
  expect(errors).toEqual([new Error(`It is not known where ${room} stands; it is to be read again.`)]);
  expect(asked).toEqual(['listen', 'unlisten']);
  expect(joins.end(subscriber, room)).toBe(false);
});
