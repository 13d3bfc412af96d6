/**
 * What people and programs see of an SMSC, over HTTP: its phones (`/phones`), and under `/control`
 *
 * - `GET /control/journal`: what went over the wire
 * - `POST /control/faults` `{action: {type, …}, destination?, count?}`, `DELETE /control/faults`; `destination` is a
 *   regular expression
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Scheduler, systemClock } from '../clock.ts';
import type { PhoneNetwork } from '../phones/phone-network.ts';
import { isForPhones, servePhones } from '../phones/serve-phones.ts';
import { answerJson, bodyOf, serveWeb, type WebServer } from '../web-server.ts';
import type { Smsc } from './smsc.ts';

export function serveSmsc(
  smsc: Smsc,
  phones: PhoneNetwork,
  { port, clock = systemClock }: { port?: number; clock?: Scheduler } = {},
): Promise<WebServer> {
  const face = servePhones(phones, clock);
  return serveWeb(
    (request, response) => (isForPhones(request) ? face(request, response) : control(smsc, request, response)),
    port,
  );
}

async function control(smsc: Smsc, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const text = (await bodyOf(request)).toString();
  try {
    switch (`${request.method} ${request.url}`) {
      case 'POST /control/faults': {
        const { destination, ...fault } = JSON.parse(text);
        smsc.faults.add({ count: 1, ...fault, ...(destination && { destination: new RegExp(destination) }) });
        return answerJson(response, 201, {});
      }
      case 'DELETE /control/faults':
        smsc.faults.clear();
        return answerJson(response, 200, {});
      case 'GET /control/journal':
        return answerJson(response, 200, { entries: JSON.parse(JSON.stringify(smsc.journal.entries, readable)) });
      default:
        return answerJson(response, 404, { message: `There is no ${request.method} ${request.url}.` });
    }
  } catch (error) {
    answerJson(response, 400, { message: error instanceof Error ? error.message : String(error) });
  }
}

/** Octets as hexadecimal digits, parameters by their numbers. */
function readable(this: Record<string, unknown>, key: string, value: unknown): unknown {
  // Buffers have become something else in `value` already.
  const given = this[key];
  if (given instanceof Map) return Object.fromEntries(given);
  return given instanceof Uint8Array ? Buffer.from(given).toString('hex') : value;
}
