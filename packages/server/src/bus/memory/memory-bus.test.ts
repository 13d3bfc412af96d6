import { describeBus } from '../conformance.ts';
import { memoryBus } from './memory-bus.ts';

describeBus({ name: 'memory', make: memoryBus });
