/**
 * The other side of the simulator, under `/control`: what a person, the network and the operator of a test do.
 *
 * - `POST /control/messages` `{from, to, body, files: [{contentType, base64}], extra, sid, unposted}`: a person writes
 * - `POST /control/reports` `{sid, status, errorCode}`: the network reports
 * - `POST /control/faults` `{api, kind, count, to}`, `DELETE /control/faults`
 * - `GET /control/messages`, `GET /control/journal`
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerJson, bodyOf } from '../web-server.ts';
import type { TwilioFault } from './faults.ts';
import { messageResource } from './resources.ts';
import type { TwilioSimulator } from './simulator.ts';

interface WrittenFile {
  contentType: string;
  base64: string;
}

export async function serveControl(
  simulator: TwilioSimulator,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const text = (await bodyOf(request)).toString();
  const what = `${request.method} ${request.url}`;
  try {
    const input = text === '' ? {} : JSON.parse(text);
    switch (what) {
      case 'POST /control/messages': {
        const files = ((input.files ?? []) as WrittenFile[]).map(({ contentType, base64 }) => ({
          contentType,
          bytes: Buffer.from(base64, 'base64'),
        }));
        const { message, posted } = await simulator.receive({ ...input, files });
        return answerJson(response, 201, { message: messageResource(simulator.account, message), posted });
      }
      case 'POST /control/reports': {
        const posted = await simulator.report(input.sid, input.status, input.errorCode);
        return answerJson(response, 201, { posted });
      }
      case 'POST /control/faults':
        simulator.break(input as TwilioFault);
        return answerJson(response, 201, {});
      case 'DELETE /control/faults':
        simulator.repair();
        return answerJson(response, 200, {});
      case 'GET /control/messages': {
        const rows = simulator.account.messages.map((message) => messageResource(simulator.account, message));
        return answerJson(response, 200, { messages: rows });
      }
      case 'GET /control/journal':
        return answerJson(response, 200, { requests: simulator.journal });
      default:
        return answerJson(response, 404, { message: `There is no ${what}.` });
    }
  } catch (error) {
    answerJson(response, 400, { message: error instanceof Error ? error.message : String(error) });
  }
}
