/**
 * What people and programs see of a mail provider, over HTTP: their mail (`/phones`, by address), and under `/control`
 *
 * - `GET /control/journal`: what was asked by SMTP and IMAP
 * - `POST /control/faults` `{at, recipient?, answer?, count?}`, `DELETE /control/faults`; `recipient` is a regular
 *   expression, and once is meant where no count is given
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Scheduler, systemClock } from '../clock.ts';
import type { PhoneNetwork } from '../phones/phone-network.ts';
import { isForPhones, servePhones } from '../phones/serve-phones.ts';
import { answerJson, bodyOf, serveWeb, type WebServer } from '../web-server.ts';
import type { MailSimulator } from './simulator.ts';

export function serveMail(
  simulator: MailSimulator,
  phones: PhoneNetwork,
  { port, clock = systemClock }: { port?: number; clock?: Scheduler } = {},
): Promise<WebServer> {
  const face = servePhones(phones, clock);
  return serveWeb(
    (request, response) => (isForPhones(request) ? face(request, response) : control(simulator, request, response)),
    port,
  );
}

async function control(simulator: MailSimulator, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const text = (await bodyOf(request)).toString();
  try {
    switch (`${request.method} ${request.url}`) {
      case 'POST /control/faults': {
        const { recipient, ...fault } = JSON.parse(text);
        simulator.fail({ count: 1, ...fault, ...(recipient && { recipient: new RegExp(recipient) }) });
        return answerJson(response, 201, {});
      }
      case 'DELETE /control/faults':
        simulator.repair();
        return answerJson(response, 200, {});
      case 'GET /control/journal':
        return answerJson(response, 200, { entries: simulator.journal });
      default:
        return answerJson(response, 404, { message: `There is no ${request.method} ${request.url}.` });
    }
  } catch (error) {
    answerJson(response, 400, { message: error instanceof Error ? error.message : String(error) });
  }
}
