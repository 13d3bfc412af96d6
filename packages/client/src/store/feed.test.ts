import type { AnyStreamEvent, StreamSid } from '@colloquy/protocol';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { Params, Result } from '../connection/requests.ts';
import type { Context } from '../context.ts';
import { ColloquyError } from '../errors.ts';
import { ManualTimers } from '../testing/manual-timers.ts';
import { settle } from '../testing/turns.ts';
import { Feed, type FeedHost } from './feed.ts';

interface Handlers extends Omit<FeedHost, 'ask' | 'timeSource'> {
  readLog(params: Params<'events.list'>): Promise<Result<'events.list'>>;
  ready(): boolean;
  prepare(event: AnyStreamEvent): Promise<unknown>;
}

const sid: StreamSid = 'CH1';

function event(position: number): AnyStreamEvent {
  return { stream: sid, position, type: 'conversation.updated', time: 0, data: {} } as unknown as AnyStreamEvent;
}

function begin(handlers: Partial<Handlers> = {}, log = 100) {
  const timers = new ManualTimers();
  const applied: number[] = [];
  const { readLog, ready, prepare, ...rest }: Handlers = {
    readLog: async ({ after, limit = 50 }) => {
      const count = Math.min(limit, log - after);
      return { items: Array.from({ length: count }, (_, at) => event(after + 1 + at)), head: log };
    },
    ready: () => true,
    prepare: async () => {},
    onEvent: ({ position }) => void applied.push(position),
    snapshot: async () => log,
    wanted: () => true,
    ...handlers,
  };
  const feed = new Feed({
    ...rest,
    timeSource: timers,
    ask: ((_, params) => readLog(params as Params<'events.list'>)) as Context['ask'],
    prepare: (event) => (ready() ? undefined : prepare(event)),
  });
  return { feed, timers, applied };
}

const upTo = (last: number) => Array.from({ length: last }, (_, at) => at + 1);

describe('the feed', () => {
  it('applies each event once and in order, whatever is lost, repeated or out of order', async () => {
    const arrivals = fc.array(fc.integer({ min: 1, max: 100 }), { maxLength: 150 });
    await fc.assert(
      fc.asyncProperty(arrivals, async (positions) => {
        const { feed, applied } = begin();
        feed.followFrom(sid, 0);
        for (const position of positions) feed.receive(event(position));
        await settle();
        // All up to the newest that was heard of; more, if the log was read for a gap.
        expect(applied.length).toBeGreaterThanOrEqual(Math.max(0, ...positions));
        expect(applied).toEqual(upTo(applied.length));
        expect(feed.positions(sid)).toEqual({ [sid]: applied.length });
      }),
    );
  });

  it('holds what comes while something is loaded, however much that is', async () => {
    let loaded = () => {};
    const loading = new Promise<void>((resolve) => {
      loaded = resolve;
    });
    let isReady = false;
    const { feed, applied } = begin({ ready: () => isReady, prepare: () => loading }, 2000);
    feed.followFrom(sid, 0);
    for (const position of upTo(2000)) feed.receive(event(position));
    expect(applied).toEqual([]);
    isReady = true;
    loaded();
    for (let at = 0; at < 20; at += 1) await settle();
    expect(applied).toEqual(upTo(2000));
  });

  it('tries again after two seconds when the server cannot give the log', async () => {
    const readLog = vi
      .fn<Handlers['readLog']>()
      .mockRejectedValueOnce(new ColloquyError(20500, 'Internal server error', { status: 500 }))
      .mockResolvedValue({ items: upTo(3).map(event), head: 3 });
    const { feed, timers, applied } = begin({ readLog });
    feed.followFrom(sid, 0);
    feed.receive(event(3));
    await timers.advance(1999);
    expect(applied).toEqual([]);
    await timers.advance(1);
    expect(applied).toEqual([1, 2, 3]);
  });

  it('does not lose an event for which something could not be loaded at first', async () => {
    let isReady = false;
    const prepare = vi
      .fn<Handlers['prepare']>()
      .mockRejectedValueOnce(new ColloquyError(20503, 'Service unavailable', { status: 503 }))
      .mockImplementation(async () => {
        isReady = true;
      });
    const { feed, timers, applied } = begin({ ready: () => isReady, prepare });
    feed.followFrom(sid, 0);
    feed.receive(event(1));
    await timers.advance(2000);
    expect(applied).toEqual([1]);
  });

  it('lets a stream go that the user may not read any more', async () => {
    const refused = Promise.reject(new ColloquyError(50350, 'Conversation not found', { status: 404 }));
    refused.catch(() => {});
    const { feed, timers } = begin({ readLog: () => refused, wanted: () => false });
    feed.followFrom(sid, 0);
    const waiting = feed.reached(sid, 5);
    feed.receive(event(3));
    await waiting;
    expect(feed.positions('US1')).toEqual({ US1: 0 });
    expect(timers.waiting).toBe(0);
  });

  it('takes a snapshot where the log does not go back far enough', async () => {
    const readLog = async () => ({ items: [event(7), event(8)], head: 8 });
    const { feed, applied } = begin({ readLog, snapshot: async () => 8 });
    feed.followFrom(sid, 0);
    feed.receive(event(5));
    await settle();
    feed.receive(event(9));
    expect(applied).toEqual([9]);
  });

  it('goes on after an event that cannot be applied', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    const applied: number[] = [];
    const apply = ({ position }: AnyStreamEvent) => {
      if (position === 1) throw new Error('odd event');
      applied.push(position);
    };
    const { feed } = begin({ onEvent: apply });
    feed.followFrom(sid, 0);
    feed.receive(event(1));
    feed.receive(event(2));
    expect(applied).toEqual([2]);
    expect(() => vi.runAllTimers()).toThrow('odd event');
    vi.useRealTimers();
  });

  it('gives the positions of those that moved since the cursor, of those that are not settled, and of the user', async () => {
    const { feed } = begin({ snapshot: () => new Promise(() => {}) });
    const streams: StreamSid[] = ['US1', 'CH1', 'CH2', 'CH3'];
    feed.welcomes = 1;
    for (const one of streams) feed.followFrom(one, 5);
    expect(feed.positions('US1')).toEqual({ US1: 5 });
    feed.receive({ ...event(6), stream: 'CH1' });
    feed.outdate('CH2');
    expect(feed.positions('US1')).toEqual({ US1: 5, CH1: 6, CH2: 5 });
    feed.welcomes = 2;
    expect(feed.positions('US1')).toEqual({ US1: 5, CH2: 5 });
    feed.outdate('US1');
    expect(feed.positions('US1')).toEqual({ US1: 5, CH1: 6, CH2: 5, CH3: 5 });
  });

  it('knows, of a stream that is followed again, what it had heard of before', async () => {
    let isReady = true;
    const { feed, applied } = begin({ ready: () => isReady, prepare: () => new Promise(() => {}) }, 9);
    feed.followFrom(sid, 0);
    isReady = false;
    feed.receive(event(1));
    feed.receive(event(9));
    feed.forget(sid);
    isReady = true;
    feed.followFrom(sid, 7);
    await settle();
    expect(applied).toEqual([8, 9]);
  });
});
