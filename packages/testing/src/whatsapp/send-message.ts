import { GraphError } from './graph-error.ts';
import type { Pace } from './pace.ts';
import { addressOf, ownAddress, shownOf } from './phones.ts';
import type { Statuses } from './statuses.ts';
import { checkTemplate } from './template-check.ts';
import { invalid, type Json, missing, validateMessage } from './validate.ts';
import { type BusinessNumber, type PersonState, type StoredFile, type World, windowLength } from './world.ts';

export interface Sender {
  world: World;
  statuses: Statuses;
  /** Null: as fast as anybody likes. */
  pace: Pace | null;
}

const digits = /^\+?[1-9]\d{4,14}$/;
const userId = /^[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}$/;

/**
 * `POST /{phone-number-id}/messages`. Resolves when it may be answered.
 *
 * @throws GraphError
 */
export async function sendMessage(
  { world, statuses, pace }: Sender,
  number: BusinessNumber,
  body: Json,
): Promise<unknown> {
  if (body['messaging_product'] !== 'whatsapp')
    throw new GraphError(100, 'The parameter messaging_product is required.');
  if (body['status'] !== undefined) return markRead(world, body);
  const { type, own } = validateMessage(body);
  const { person, input } = recipientOf(world, body);
  if (person.number === number.number.slice(1)) throw new GraphError(131021);
  if (type === 'template') checkTemplate(own, world.templates);
  const file = fileIn(world, own);
  pace?.spend(number.id, person.userId);
  const closed = type !== 'template' && !isOpen(world, number, person);
  if (closed && statuses.reporting.windowRefusal === 'answer') throw windowClosed();
  const fault = world.faults.take('delivery', input);
  const code = typeof fault === 'object' && 'code' in fault ? fault.code : undefined;
  const failure = whyNotDelivered(person, closed, code);
  const id = world.nextMessageId();
  if (!failure) {
    const text = type === 'text' ? String(own['body']) : typeof own['caption'] === 'string' ? own['caption'] : null;
    const at = world.clock.now();
    const received = { id, phoneNumberId: number.id, type, body, text, file, at, read: false };
    person.received.push(received);
    world.log.arrive(id, { from: ownAddress(number), to: addressOf(person), ...shownOf(received) });
  }
  const opaque = body['biz_opaque_callback_data'] as string | undefined;
  await statuses.follow({ id, number, person, byNumber: body['to'] !== undefined, opaque, failure });
  const shown = body['to'] !== undefined || !person.hidesNumber;
  return {
    messaging_product: 'whatsapp',
    contacts: [{ input, ...(shown && { wa_id: person.number }), user_id: person.userId }],
    messages: [{ id, ...(type === 'template' && { message_status: 'accepted' }) }],
  };
}

function whyNotDelivered(person: PersonState, closed: boolean, code: number | undefined): GraphError | undefined {
  if (code !== undefined) return new GraphError(code);
  if (person.unreachable) return new GraphError(131026);
  return closed ? windowClosed() : undefined;
}

function windowClosed(): GraphError {
  return new GraphError(131047, 'More than 24 hours have passed since the customer last replied to this number.');
}

function isOpen(world: World, number: BusinessNumber, person: PersonState): boolean {
  const wrote = person.wrote.get(number.id);
  return wrote !== undefined && world.clock.now() < wrote + windowLength;
}

/** A number that nobody has written from yet belongs to somebody all the same. */
function recipientOf(world: World, { to, recipient }: Json): { person: PersonState; input: string } {
  if (to !== undefined) {
    if (typeof to !== 'string' || !digits.test(to)) throw invalid('to');
    return { person: world.person(to), input: to };
  }
  if (typeof recipient !== 'string' || !userId.test(recipient)) throw invalid('recipient');
  const person = world.personById(recipient);
  if (!person) throw new GraphError(131026, 'There is no user with this id.');
  return { person, input: recipient };
}

function fileIn(world: World, own: Json): StoredFile | null {
  if (typeof own['id'] !== 'string') return null;
  const file = world.fileOf(own['id']);
  if (!file) throw new GraphError(131009, `There is no media with the id ${own['id']}.`);
  return file;
}

function markRead(world: World, body: Json): unknown {
  if (body['status'] !== 'read') throw invalid('status');
  if (typeof body['message_id'] !== 'string') throw missing('message_id');
  if (!world.written.has(body['message_id'])) throw invalid('message_id');
  return { success: true };
}
