import { MemoryLog } from '../../testing/memory-log.ts';
import { describeBus } from '../conformance.ts';
import { memoryBus } from './memory-bus.ts';

describeBus({
  name: 'memory',
  open: async (onError) => {
    const [log, bus] = [new MemoryLog(), memoryBus(onError)];
    return {
      here: bus,
      there: bus,
      commit: (woken, ...events) => {
        const logged = events.map(({ stream, type, data }) => log.append(stream, type, data));
        bus.publish({ events: logged, woken });
        return logged;
      },
      close: async () => {},
    };
  },
});
