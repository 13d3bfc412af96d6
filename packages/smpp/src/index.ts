export type { Scheduler } from './clock.ts';
