/** PDUs as objects, and as octets. */
import { statuses } from '../status.ts';
import type { Field } from './fields.ts';
import { type Command, commandIds, layouts } from './layouts.ts';
import { PduError, Reader, Writer } from './octets.ts';
import { noTlvs, readTlvs, type Tlvs, writeTlvs } from './tlv.ts';

type Fields<Layout> = { [Name in keyof Layout]: Layout[Name] extends Field<infer Value> ? Value : never };

export interface Header {
  /** `command_status`: 0 in requests, and in answers that are content. */
  status: number;
  /** 1 to 0x7FFFFFFF; the answer to a request has its number. */
  sequence: number;
}

/** What follows the header. */
export type Body<Name extends Command> = Fields<(typeof layouts)[Name]> & { tlvs: Tlvs };

export type Pdu<Name extends Command = Command> = Name extends Command
  ? Header & Body<Name> & { command: Name }
  : never;

export type Answer<Name extends Command> = `${Name}_resp` & Command;
/** What wants an answer. */
export type Request = { [Name in Command]: `${Name}_resp` extends Command ? Name : never }[Command];

/** Octets of a header. */
export const headerLength = 16;

/** Set in the ids of answers. */
const answerBit = 0x80000000;

const commands = new Map<number, Command>(Object.entries(commandIds).map(([name, id]) => [id, name as Command]));

export function isAnswer(commandId: number): boolean {
  return (commandId & answerBit) !== 0;
}

/** What a request is answered with. */
export function answerOf<Name extends Request>(command: Name): Answer<Name> {
  return `${command}_resp` as Answer<Name>;
}

/** A whole PDU, whose body was not looked at. */
export interface Frame extends Header {
  commandId: number;
  body: Uint8Array;
}

/** @param octets one PDU, of at least 16 octets and no more than it has */
export function parseFrame(octets: Uint8Array): Frame {
  const from = new Reader(octets);
  from.take(4);
  const [commandId, status, sequence] = [from.integer(4), from.integer(4), from.integer(4)];
  return { commandId, status, sequence, body: from.take(from.left) };
}

/** The name of what a frame holds; undefined where there is no such PDU. */
export function commandOf(frame: Frame): Command | undefined {
  return commands.get(frame.commandId);
}

/**
 * @throws PduError with the status that tells the peer what is wrong with it
 */
export function decode(frame: Frame): Pdu {
  const command = commandOf(frame);
  if (!command) throw new PduError(statuses.ESME_RINVCMDID, `There is no PDU 0x${frame.commandId.toString(16)}.`);
  const { status, sequence } = frame;
  const from = new Reader(frame.body);
  // A refusal has no body (section 3.2), and some peers leave out what would be empty.
  const absent = isAnswer(frame.commandId) && from.left === 0;
  const fields = Object.entries<Field<unknown>>(layouts[command]).map(([name, field]) => [
    name,
    absent ? field.absent : field.read(from),
  ]);
  return { command, status, sequence, ...Object.fromEntries(fields), tlvs: readTlvs(from) };
}

/**
 * @throws PduError when a value does not fit into its field
 */
export function encode(pdu: Pdu): Buffer {
  const to = new Writer();
  to.integer(commandIds[pdu.command], 4);
  to.integer(pdu.status, 4);
  to.integer(pdu.sequence, 4);
  const refused = isAnswer(commandIds[pdu.command]) && pdu.status !== 0;
  if (!refused) {
    const values: Record<string, unknown> = { ...pdu };
    for (const [name, field] of Object.entries<Field<unknown>>(layouts[pdu.command])) field.write(values[name], to);
    writeTlvs(pdu.tlvs, to);
  }
  const rest = to.end();
  const octets = Buffer.alloc(4 + rest.length);
  octets.writeUInt32BE(octets.length, 0);
  octets.set(rest, 4);
  return octets;
}

/** What a body is without what is said of it: zeros, empty strings, no optional parameters. */
export function bodyOf<Name extends Command>(command: Name, given: Partial<Body<Name>>): Body<Name> {
  const fields = Object.entries<Field<unknown>>(layouts[command]).map(([name, field]) => [name, field.absent]);
  return { ...Object.fromEntries(fields), tlvs: noTlvs, ...given };
}
