/**
 * The other side of the SMSC, for those who are not in its process: what people, the network and the operator of a test do.
 *
 * - `POST /control/messages` `{from, to, text, alphabet, concatenation, reference, pieces}`: a person writes; answered
 *   when all pieces were, with their statuses
 * - `POST /control/reports` `{id, state, error}`: what becomes of a message that was taken
 * - `POST /control/faults` `{action, destination, count, share}`, `DELETE /control/faults`; `destination` is a regular
 *   expression
 * - `POST /control/settings`: any of the settings but `fate`; `POST /control/cut`, `POST /control/unbind`
 * - `GET /control/messages`: what was taken, and what phones show; `GET /control/journal`
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { messageStates, type Pdu } from '@colloquy/smpp';
import { answerJson, bodyOf, serveWeb, type WebServer } from '../web-server.ts';
import type { FaultAction } from './faults.ts';
import type { JournalEntry } from './journal.ts';
import type { Smsc } from './smsc.ts';

/** @param port a free one when left out */
export function serveSmscControl(smsc: Smsc, port?: number): Promise<WebServer> {
  return serveWeb((request, response) => controlSmsc(smsc, request, response), port);
}

export async function controlSmsc(smsc: Smsc, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const answer = await answerTo(smsc, request);
    if (answer) answerJson(response, request.method === 'POST' ? 201 : 200, answer);
    else answerJson(response, 404, { message: `There is no ${request.method} ${request.url}.` });
  } catch (error) {
    answerJson(response, 400, { message: error instanceof Error ? error.message : String(error) });
  }
}

async function answerTo(smsc: Smsc, request: IncomingMessage): Promise<object | null> {
  const text = (await bodyOf(request)).toString();
  const input = text === '' ? {} : JSON.parse(text);
  switch (`${request.method} ${request.url}`) {
    case 'POST /control/messages':
      if (typeof input.text !== 'string') throw new Error('It takes a text.');
      return { statuses: await smsc.write({ from: String(input.from), to: String(input.to), ...input }) };
    case 'POST /control/reports': {
      const taken = smsc.taken.find(({ id }) => id === input.id);
      if (!taken) throw new Error(`No message was taken as ${JSON.stringify(input.id)}.`);
      const { state = 'DELIVRD', error = '000' } = input;
      if (!Object.hasOwn(messageStates, state)) throw new Error(`There is no state ${JSON.stringify(state)}.`);
      return { status: await smsc.report(taken, { state, error }) };
    }
    case 'POST /control/faults': {
      const { action, destination, ...rest } = input;
      smsc.faults.add({
        ...rest,
        action: checked(action),
        ...(destination && { destination: new RegExp(destination) }),
      });
      return {};
    }
    case 'DELETE /control/faults':
      smsc.faults.clear();
      return {};
    case 'POST /control/settings': {
      const { receipts, fate: _, ...settings } = input;
      Object.assign(smsc.settings, settings);
      Object.assign(smsc.settings.receipts, receipts);
      return smsc.settings;
    }
    case 'POST /control/cut':
      smsc.cut();
      return {};
    case 'POST /control/unbind':
      await smsc.unbind();
      return {};
    case 'GET /control/messages': {
      const { handsets } = smsc;
      const phones = Object.fromEntries(handsets.numbers.map((number) => [number, handsets.shown(number)]));
      return { taken: smsc.taken.map(({ id, at, submit }) => ({ id, at, submit: plain(submit) })), phones };
    }
    case 'GET /control/journal':
      return { entries: smsc.journal.entries.map(shown) };
    default:
      return null;
  }
}

const actions: readonly FaultAction['type'][] = [
  'refuse',
  'answer-lost',
  'ignored',
  'cut-after',
  'cut-before',
  'late',
  'garbled',
];

function checked(action: FaultAction | undefined): FaultAction {
  if (!action || !actions.includes(action.type)) throw new Error(`An action's type is one of ${actions.join(', ')}.`);
  if (action.type === 'refuse' && !Number.isInteger(action.status)) throw new Error('A refusal has a status.');
  if (action.type === 'late' && !(action.ms >= 0)) throw new Error('What is late has ms.');
  return action;
}

function shown(entry: JournalEntry): object {
  return 'pdu' in entry ? { ...entry, pdu: plain(entry.pdu) } : entry;
}

/** Octets in hexadecimal, parameters by their tags, and no password. */
function plain(pdu: Partial<Pdu>): object {
  return Object.fromEntries(
    Object.entries(pdu).map(([name, value]): [string, unknown] => {
      if (name === 'password') return [name, '…'];
      if (value instanceof Uint8Array) return [name, Buffer.from(value).toString('hex')];
      if (!(value instanceof Map)) return [name, value];
      const entries = [...value].map(([tag, octets]) => [`0x${tag.toString(16)}`, Buffer.from(octets).toString('hex')]);
      return [name, Object.fromEntries(entries)];
    }),
  );
}
