/**
 * The other side of the simulator, under `/control`: what people do, and the operator of a test.
 *
 * - `POST /control/messages` `{chat, name, text, file: {kind, contentType, filename, base64}, location, venue, replyTo}`
 * - `POST /control/edits` `{chat, message, text}`, `/control/reactions` `{chat, message, emoji}`, `/control/presses`
 *   `{chat, message, label}`, `/control/blocks` `{chat, blocked}`, `/control/migrations` `{from, to}`
 * - `POST /control/faults` `{method, kind, count, chat}`, `DELETE /control/faults`
 * - `GET /control/chats/<id>`, `GET /control/journal`
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerJson, bodyOf } from '../web-server.ts';
import type { TelegramSimulator } from './simulator.ts';

export async function serveControl(
  simulator: TelegramSimulator,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const text = (await bodyOf(request)).toString();
  const { people, state } = simulator;
  try {
    const input = text === '' ? {} : JSON.parse(text);
    switch (`${request.method} ${request.url}`) {
      case 'POST /control/messages': {
        const file = input.file && { ...input.file, bytes: Buffer.from(input.file.base64, 'base64') };
        const { message, update } = people.write({ ...input, file });
        return answerJson(response, 201, { message, update });
      }
      case 'POST /control/edits':
        return answerJson(response, 201, { update: people.edit(input.chat, input.message, input.text) });
      case 'POST /control/reactions':
        return answerJson(response, 201, { update: people.react(input.chat, input.message, input.emoji) });
      case 'POST /control/presses':
        return answerJson(response, 201, { update: people.press(input.chat, input.message, input.label) });
      case 'POST /control/blocks':
        return answerJson(response, 201, { update: people.block(input.chat, input.blocked) });
      case 'POST /control/migrations':
        return answerJson(response, 201, { update: people.migrate(input.from, input.to) });
      case 'POST /control/faults':
        simulator.break(input);
        return answerJson(response, 201, {});
      case 'DELETE /control/faults':
        simulator.repair();
        return answerJson(response, 200, {});
      case 'GET /control/journal':
        return answerJson(response, 200, { requests: simulator.journal });
      default: {
        const chat = /^\/control\/chats\/(-?[0-9]+)$/.exec(request.url ?? '')?.[1];
        const found = chat === undefined ? undefined : state.chats.get(Number(chat));
        if (found) return answerJson(response, 200, { chat: found.chat, messages: found.messages });
        return answerJson(response, 404, { message: `There is no ${request.method} ${request.url}.` });
      }
    }
  } catch (error) {
    answerJson(response, 400, { message: error instanceof Error ? error.message : String(error) });
  }
}
