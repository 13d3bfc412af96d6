/**
 * The other side of the simulator, under `/control`: what people, the network and the operator of a test do. Bodies
 * are JSON; `{number}` is that of a person's phone.
 *
 * - `POST /control/webhook` `{url, verifyToken, number?}`: Meta checks the URL and reports to it from now on
 * - `GET /control/phones/{number}/messages`: what arrived there
 * - `POST /control/phones/{number}/messages`: he writes. `{text}`, or `{file: {contentType, base64, filename, caption}}`,
 *   or `{reaction: {target, emoji}}`, or `{press: {target, id}}`, or `{type, object}` for anything else; besides `to` (the
 *   id of a number of the business), `id`, `replyTo`
 * - `POST /control/phones/{number}/read`, `…/number` `{to}`, `…/username` `{username}`, `…/reachable` `{reachable}`
 * - `POST /control/reports` `{id, status, code?}`: the network reports; `POST /control/reporting` changes how it does
 * - `POST /control/faults` `{api, kind, count, to}`, `DELETE /control/faults`
 * - `POST /control/templates`: a template, as Meta has it
 * - `GET /control/journal`
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerJson, bodyOf } from '../web-server.ts';
import type { Person, Told } from './person.ts';
import type { WhatsAppSimulator } from './simulator.ts';

export async function serveControl(
  simulator: WhatsAppSimulator,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const text = (await bodyOf(request)).toString();
  const [, , area = '', number = '', action = ''] = (request.url ?? '').split('/').map(decodeURIComponent);
  try {
    const input = text === '' ? {} : JSON.parse(text);
    const answer =
      area === 'phones'
        ? await onPhone(simulator.phone(number), `${request.method} ${action}`, input)
        : await onNetwork(simulator, `${request.method} ${area}`, input);
    if (answer === undefined) answerJson(response, 404, { message: `There is no ${request.method} ${request.url}.` });
    else answerJson(response, request.method === 'POST' ? 201 : 200, answer);
  } catch (error) {
    answerJson(response, 400, { message: error instanceof Error ? error.message : String(error) });
  }
}

// biome-ignore lint/suspicious/noExplicitAny: what is wrong in it is answered with what JavaScript says of it.
type Input = any;

async function onPhone(phone: Person, what: string, input: Input): Promise<unknown> {
  switch (what) {
    case 'GET messages':
      return {
        messages: phone.received.map(({ file, ...message }) => ({ ...message, file: file && shownFile(file) })),
      };
    case 'POST messages':
      return write(phone, input);
    case 'POST read':
      await phone.read(input.id);
      return {};
    case 'POST number':
      return { answered: await phone.changeNumber(input.to) };
    case 'POST username':
      phone.hideNumber(input.username);
      return {};
    case 'POST reachable':
      phone.state.unreachable = input.reachable === false;
      return {};
    default:
      return undefined;
  }
}

function write(phone: Person, input: Input): Promise<Told> {
  const { text, file, reaction, press, type, object, ...written } = input;
  if (file) {
    const { base64, ...more } = file;
    return phone.sendFile({ ...written, ...more, bytes: Buffer.from(base64, 'base64') });
  }
  if (reaction) return phone.react(reaction.target, reaction.emoji ?? null, written);
  if (press) {
    const message = phone.received.find(({ id }) => id === press.target);
    if (!message) throw new Error(`Nothing arrived with the id ${press.target}.`);
    return phone.press(message, press.id, written);
  }
  return type ? phone.send(type, object ?? {}, written) : phone.write(String(text), written);
}

async function onNetwork(simulator: WhatsAppSimulator, what: string, input: Input): Promise<unknown> {
  switch (what) {
    case 'POST webhook':
      await simulator.subscribe(input.url, input.verifyToken, input.number);
      return {};
    case 'POST reports':
      return { answered: await simulator.report(input.id, input.status, input.code) };
    case 'POST reporting':
      return Object.assign(simulator.reporting, input);
    case 'POST faults':
      simulator.break(input);
      return {};
    case 'DELETE faults':
      simulator.repair();
      return {};
    case 'POST templates':
      simulator.world.templates.push({
        status: 'APPROVED',
        language: 'en',
        category: 'UTILITY',
        components: [],
        ...input,
      });
      return {};
    case 'GET journal':
      return { requests: simulator.journal };
    default:
      return undefined;
  }
}

function shownFile({ contentType, filename, bytes }: { contentType: string; filename: string | null; bytes: Buffer }) {
  return { contentType, filename, base64: bytes.toString('base64') };
}
