export { makeToken, type NewToken, type TokenKeys } from './api/tokens.ts';
export { type Config, loadConfig } from './config/config.ts';
export type { Clock, Scheduler } from './core/clock.ts';
export { createServer, type Overrides, type Server } from './server.ts';
