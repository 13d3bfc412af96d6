import { connect } from '@nats-io/transport-node';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Clock, systemClock } from '../../core/clock.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { MemoryLog } from '../../testing/memory-log.ts';
import { natsServer, type RunningNats, runNats } from '../../testing/run-nats.ts';
import { everything, type Signal } from '../bus.ts';
import { describeBus, Ear, eventsOf, follow } from '../conformance.ts';
import { SharedBus } from '../shared/shared-bus.ts';
import { NatsCarrier } from './nats-carrier.ts';

const logger = pino({ level: 'silent' });

describe.skipIf(natsServer === undefined)('With a NATS server', () => {
  let nats: RunningNats;
  beforeAll(async () => {
    nats = await runNats();
  });
  afterAll(() => nats.stop());

  let installations = 0;
  const openNode = async (
    log: MemoryLog,
    prefix: string,
    url = nats.url,
    onError: (error: unknown) => void = () => {},
    clock: Clock = systemClock,
  ) => {
    const carrier = new NatsCarrier({ servers: [url], prefix, secret: 'ours', clock, logger });
    const bus = new SharedBus({ log, carrier, clock: systemClock, staysHere: () => false, onError });
    await bus.start();
    while (!carrier.isConnected) await new Promise(setImmediate);
    return bus;
  };

  test('Installations that share a server hear nothing of each other.', async () => {
    const log = new MemoryLog();
    const [own, other] = [await openNode(log, 'test.own'), await openNode(log, 'test.other')];
    const third = await openNode(log, 'test.own');
    for (const bus of [own, other, third]) await follow(bus, 'CH1');
    const ear = eventsOf(third);
    own.publish({ events: [log.append('CH1', 'message.added', {})], woken: ['work'] });
    await ear.count(1);
    expect([third.status.received, other.status.received]).toEqual([1, 0]);
    for (const bus of [own, other, third]) await bus.close();
  });

  test('What somebody else publishes there is not heard, and neither is what was said of another stream.', async () => {
    const log = new MemoryLog();
    const [here, there] = [await openNode(log, 'test.forged'), await openNode(log, 'test.forged')];
    await follow(there, 'CH1', 'CH2');
    const [ear, signals] = [eventsOf(there), new Ear<unknown>()];
    there.onSignal(signals.hear);
    const stranger = await connect({ servers: nats.url });
    const said = Promise.withResolvers<Uint8Array>();
    stranger.subscribe('test.forged.CH1', { callback: (_error, { data }) => said.resolve(data) });
    await stranger.flush();
    here.publish({ events: [log.append('CH1', 'message.added', { by: 'us' })], woken: [] });
    await ear.count(1);
    const user = JSON.stringify({ type: 'user', user: { sid: 'CH1' } });
    const forged = [
      'events\n9 2 message.added 1\n{"by":"them"}',
      'moved\n9000000000000000',
      `signal\n${user}`,
      '',
      'x',
    ];
    for (const text of [...forged, ...forged.map((one) => `${'0'.repeat(16)}${one}`)]) {
      stranger.publish('test.forged.CH1', text);
    }
    stranger.publish('test.forged.CH2', await said.promise);
    await stranger.flush();
    const event = log.append('CH1', 'message.added', { by: 'us', again: true });
    here.publish({ events: [event], woken: [] });
    expect((await ear.count(2)).map(({ data }) => JSON.parse(data))).toEqual([{ by: 'us' }, { by: 'us', again: true }]);
    expect([signals.heard, there.feeds.positionOf('CH1'), there.feeds.positionOf('CH2')]).toEqual([[], 2, 0]);
    expect([there.status.received, there.status.reads]).toEqual([2, 0]);
    await stranger.close();
    for (const bus of [here, there]) await bus.close();
  });

  test('What somebody says again is not heard again, within the minute for which it is fresh or later.', async () => {
    const log = new MemoryLog();
    const clock = new ManualClock();
    const open = () => openNode(log, 'test.replayed', nats.url, () => {}, clock);
    const [here, there] = [await open(), await open()];
    const ears = [here, there].map((bus) => {
      const [signals, woken] = [new Ear<Signal>(), new Ear<string>()];
      bus.onSignal(signals.hear);
      bus.subscribe((commit) => commit.woken.filter((name) => name !== everything).forEach(woken.hear));
      return { signals, woken };
    });
    for (const bus of [here, there]) await follow(bus, 'CH1');
    const stranger = await connect({ servers: nats.url });
    const kept: [subject: string, data: Uint8Array][] = [];
    stranger.subscribe('test.replayed.*', { callback: (_error, { subject, data }) => void kept.push([subject, data]) });
    await stranger.flush();
    const typing = (identity: string): Signal => ({
      type: 'typing',
      conversation: 'CH1',
      participant: 'MB1',
      user: 'US1',
      identity,
    });
    // The same twice, in one moment, has been said twice.
    for (const identity of ['first', 'first']) here.signal(typing(identity));
    here.publish({ events: [], woken: ['work'] });
    while (kept.length < 3) await stranger.flush();
    const said = [...kept];
    for (const later of [0, 60_000, 1]) {
      clock.advance(later);
      for (const [subject, data] of said) stranger.publish(subject, data);
      await stranger.flush();
    }
    here.signal(typing('last'));
    there.publish({ events: [], woken: ['more work'] });
    for (const { signals, woken } of ears) {
      const heard = (await signals.count(3)).map((signal) => 'identity' in signal && signal.identity);
      expect(heard).toEqual(['first', 'first', 'last']);
      expect(await woken.count(2)).toEqual(['work', 'more work']);
    }
    await stranger.close();
    for (const bus of [here, there]) await bus.close();
  });

  test('A node is told of nothing that nobody there listens to.', async () => {
    const log = new MemoryLog();
    const [here, there] = [await openNode(log, 'test.few'), await openNode(log, 'test.few')];
    await follow(there, 'CH1', 'CH2', 'CH3');
    there.feeds.unlisten(['CH2']);
    await follow(there, 'CH4');
    const ear = eventsOf(there);
    const events = ['CH1', 'CH2', 'CH3', 'CH4', 'CH5'].map((stream) => log.append(stream, 'message.added', {}));
    here.publish({ events, woken: [] });
    await ear.count(3);
    expect(ear.heard.map(({ stream }) => stream)).toEqual(['CH1', 'CH3', 'CH4']);
    expect([here.status.sent, there.status.received, there.status.reads]).toEqual([5, 3, 0]);
    for (const bus of [here, there]) await bus.close();
  });

  test('It may be away at the start, and die and come back: then everybody looks whether something was missed.', async () => {
    const own = await runNats();
    await own.kill();
    const [log, clock] = [new MemoryLog(), new ManualClock()];
    const carrier = new NatsCarrier({ servers: [own.url], prefix: 'test', secret: 'ours', clock: systemClock, logger });
    const bus = new SharedBus({ log, carrier, clock, staysHere: () => false, onError: () => {} });
    const [woken, events] = [new Ear<string>(), eventsOf(bus)];
    bus.subscribe((commit) => commit.woken.forEach(woken.hear));
    await bus.start();
    await follow(bus, 'CH1');
    expect(bus.status.isConnected).toBe(false);
    for (let time = 1; time <= 2; time += 1) {
      // Nobody says so: another node died, or its news is lost.
      log.append('CH1', 'message.added', { time });
      await own.start();
      await events.count(time);
      await woken.count(time);
      expect([bus.status.isConnected, woken.heard.at(-1)]).toEqual([true, everything]);
      await own.kill();
      while (bus.status.isConnected) await new Promise(setImmediate);
    }
    await bus.close();
    await own.stop();
  });

  test('Events that are larger than a message may be are read from the log, and others of the commit are not.', async () => {
    const own = await runNats(2048);
    const log = new MemoryLog();
    const [here, there] = [await openNode(log, 'test', own.url), await openNode(log, 'test', own.url)];
    await follow(there, 'CH1');
    const ear = eventsOf(there);
    const events = [10, 1500, 1500, 5000, 10].map((size) =>
      log.append('CH1', 'message.added', { body: 'ä'.repeat(size / 2) }),
    );
    here.publish({ events, woken: [] });
    expect(await ear.count(5)).toEqual(events);
    expect(there.status.reads).toBeGreaterThan(0);
    for (const bus of [here, there]) await bus.close();
    await own.stop();
  });

  describeBus({
    name: 'NATS',
    open: async (onError) => {
      installations += 1;
      const log = new MemoryLog();
      const [here, there] = await Promise.all(
        [1, 2].map(() => openNode(log, `test.${installations}`, nats.url, onError)),
      );
      if (!here || !there) throw new Error('No bus was opened.');
      return {
        here,
        there,
        commit: (woken, ...events) => {
          const logged = events.map(({ stream, type, data }) => log.append(stream, type, data));
          here.publish({ events: logged, woken });
          return logged;
        },
        close: async () => {
          await Promise.all([here.close(), there.close()]);
        },
      };
    },
  });
});
