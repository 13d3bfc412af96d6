export * from './errors.ts';
export * from './events.ts';
export * from './limits.ts';
export * from './permissions.ts';
export * from './realtime.ts';
export * from './resources.ts';
export * from './sids.ts';
