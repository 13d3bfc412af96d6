import { randomUUID } from 'node:crypto';
import type {
  ConversationResource,
  MembershipResource,
  MessageResource,
  ParticipantResource,
} from '@colloquy/protocol';
import { binaryFrame } from '../../../delivery/realtime/frames.ts';
import type { LoggedEvent } from '../../../storage/driver.ts';
import { writePacket } from '../packet.ts';
import { conversationData, iso, membershipData, messageData, participantData } from './data.ts';
import { objectOf, type SyncObject, urlOf } from './objects.ts';

/** What becomes of an item, as the client's events end. */
export type Change = 'added' | 'updated' | 'removed';

/** One event of an object, as its subscribers get it. */
export interface Note {
  object: SyncObject;
  /** On the object's line of numbers: a position of the stream that it shows. */
  id: number;
  /** The item it is about; undefined for the object itself. */
  key: string | number | undefined;
  change: Change;
  time: number;
  data: object | undefined;
}

const protocolVersion = 4;

function note(object: SyncObject, event: LoggedEvent, key: string | number, change: Change, data?: object): Note {
  return { object, id: event.position, key, change, time: event.time, data };
}

/** Events go out to many clients: what is made of one for the first is there for the others. */
const known = new WeakMap<LoggedEvent, readonly Note[]>();

/**
 * What an event of the log is to the objects that show its stream. An event that carries a whole conversation is its
 * document; what else moves a document is told from the conversation as it is then (`documents.ts`).
 */
export function notesOf(event: LoggedEvent): readonly Note[] {
  const found = known.get(event);
  if (found) return found;
  const notes = makeNotes(event);
  known.set(event, notes);
  return notes;
}

function makeNotes(event: LoggedEvent): readonly Note[] {
  const [what, change] = event.type.split('.') as [string, Change];
  switch (what) {
    case 'message': {
      const message = JSON.parse(event.data) as MessageResource;
      const data = change === 'removed' ? undefined : messageData(message);
      return [note(objectOf('messages', event.stream), event, message.index, change, data)];
    }
    case 'participant': {
      const participant = JSON.parse(event.data) as ParticipantResource;
      const data = change === 'removed' ? undefined : participantData(participant);
      return [note(objectOf('roster', event.stream), event, participant.sid, change, data)];
    }
    case 'membership': {
      const parsed = JSON.parse(event.data) as MembershipResource | { membership: MembershipResource };
      const membership = 'membership' in parsed ? parsed.membership : parsed;
      const data = change === 'removed' ? undefined : membershipData(membership);
      return [note(objectOf('memberships', event.stream), event, membership.conversationSid, change, data)];
    }
    case 'conversation':
      if (change !== 'updated') return [];
      return [documentNote(JSON.parse(event.data) as ConversationResource, event.position, event.time)];
    default:
      return [];
  }
}

export function documentNote(conversation: ConversationResource, id: number, time: number): Note {
  const object = objectOf('conversation', conversation.sid);
  return { object, id, key: undefined, change: 'updated', time, data: conversationData(conversation) };
}

export function removalOf(object: SyncObject, id: number, time: number): Note {
  return { object, id, key: undefined, change: 'removed', time, data: undefined };
}

/** The same for their frames. */
const frames = new WeakMap<Note, Buffer>();

export function frameOf(of: Note): Buffer {
  const found = frames.get(of);
  if (found) return found;
  const frame = framesOf([of])[0] as Buffer;
  frames.set(of, frame);
  return frame;
}

/** Frames that carry notes in this order. Those of one kind that follow each other share one. */
export function framesOf(notes: readonly Note[]): Buffer[] {
  const runs: { type: string; events: object[] }[] = [];
  for (const each of notes) {
    const type = typeOf(each);
    const last = runs.at(-1);
    if (last?.type === type && last.events.length < notesPerFrame) last.events.push(eventOf(each));
    else runs.push({ type, events: [eventOf(each)] });
  }
  return runs.map(({ type, events }) =>
    syncFrame({ event_type: type, event_protocol_version: protocolVersion, events }),
  );
}

const notesPerFrame = 50;

/** @param payload as the client's Sync layer reads it */
export function syncFrame(payload: object): Buffer {
  return notificationFrame('twilio.sync.event', payload);
}

export function notificationFrame(messageType: string, payload: object): Buffer {
  const fields = { method: 'notification', id: `TM${randomUUID()}`, message_type: messageType };
  return binaryFrame(writePacket(fields, JSON.stringify(payload)));
}

function typeOf({ object, key, change }: Note): string {
  return key === undefined ? `${object.type}_${change}` : `${object.type}_item_${change}`;
}

function eventOf({ object, id, key, time, data }: Note): object {
  const { type, sid } = object;
  const revision = id.toString(16);
  const common = { id, date_created: iso(time), [`${type}_sid`]: sid, [`${type}_revision`]: revision };
  if (type === 'document') return { ...common, document_data: data };
  if (key === undefined) return common;
  return {
    ...common,
    [type === 'list' ? 'item_index' : 'item_key']: key,
    item_url: `${urlOf(object)}/Items/${encodeURIComponent(key)}`,
    item_revision: revision,
    item_data: data,
    date_expires: null,
  };
}
