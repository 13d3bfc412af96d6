import type { ChannelModule } from './channel.ts';

/** The kinds of channels that senders can be configured for. */
export const modules: readonly ChannelModule[] = [];
