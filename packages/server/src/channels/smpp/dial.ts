/** Connections to SMSCs, and who we are there. */
import { isIP, connect as openSocket } from 'node:net';
import type { Duplex } from 'node:stream';
import { PassThrough } from 'node:stream';
import { connect as openTls } from 'node:tls';
import type { LinkOptions } from '@colloquy/smpp';
import type { SenderHost } from '../channel.ts';
import type { SmppConfig } from './config.ts';

/** Host names are looked up by what keeps connections out of inner networks; an IP address is asked about here. */
export function dial({ host, port, tls }: SmppConfig, { lookup, forbids }: SenderHost): Duplex {
  const reason = isIP(host) ? forbids(host) : undefined;
  if (reason !== undefined) {
    const none = new PassThrough();
    // Not within this call: nobody listens yet.
    queueMicrotask(() => none.destroy(new Error(reason)));
    return none;
  }
  const options = { host, port, lookup };
  const socket = tls ? openTls({ ...options, ...(!isIP(host) && { servername: host }) }) : openSocket(options);
  socket.setNoDelay(true);
  return socket;
}

/** What all binds have in common. */
export function linkOptions(
  config: SmppConfig,
  host: SenderHost,
): Pick<LinkOptions, 'clock' | 'connect' | 'account' | 'responseTimeoutMs' | 'enquireAfterMs'> {
  const { systemId, password, systemType, responseSeconds, enquireSeconds } = config;
  return {
    clock: host.clock,
    connect: () => dial(config, host),
    account: { systemId, password, systemType },
    responseTimeoutMs: responseSeconds * 1000,
    enquireAfterMs: enquireSeconds * 1000,
  };
}
