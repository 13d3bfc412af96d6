export type { Clock } from './core/clock.ts';
export { createServer, type Overrides, type Server } from './server.ts';
