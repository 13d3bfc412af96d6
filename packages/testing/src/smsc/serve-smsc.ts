/** What people and programs see of an SMSC, over HTTP: its phones (`/phones`) and its other side (`/control`). */
import { type Scheduler, systemClock } from '../clock.ts';
import type { PhoneNetwork } from '../phones/phone-network.ts';
import { isForPhones, servePhones } from '../phones/serve-phones.ts';
import { serveWeb, type WebServer } from '../web-server.ts';
import { controlSmsc } from './control.ts';
import type { Smsc } from './smsc.ts';

export function serveSmsc(
  smsc: Smsc,
  phones: PhoneNetwork,
  { port, clock = systemClock }: { port?: number; clock?: Scheduler } = {},
): Promise<WebServer> {
  const face = servePhones(phones, clock);
  return serveWeb(
    (request, response) => (isForPhones(request) ? face(request, response) : controlSmsc(smsc, request, response)),
    port,
  );
}
