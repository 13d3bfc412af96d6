import { pino } from 'pino';
import { afterAll, beforeAll, describe } from 'vitest';
import { systemClock } from '../../core/clock.ts';
import { MemoryLog } from '../../testing/memory-log.ts';
import { natsServer, type RunningNats, runNats } from '../../testing/run-nats.ts';
import { describeBus } from '../conformance.ts';
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
  const openNode = async (log: MemoryLog, prefix: string, onError: (error: unknown) => void = () => {}) => {
    const carrier = new NatsCarrier({ servers: [nats.url], prefix, logger });
    const bus = new SharedBus({ log, carrier, clock: systemClock, staysHere: () => false, onError });
    await bus.start();
    while (!carrier.isConnected) await new Promise(setImmediate);
    return bus;
  };

  describeBus({
    name: 'NATS',
    open: async (onError) => {
      installations += 1;
      const log = new MemoryLog();
      const [here, there] = await Promise.all([1, 2].map(() => openNode(log, `test.${installations}`, onError)));
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
