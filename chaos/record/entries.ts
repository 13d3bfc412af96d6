/** What a journal consists of. Times are the harness's own clock, in milliseconds since 1970. */
import type { AnyStreamEvent } from '@colloquy/protocol';

/** What somebody was told of something he asked for. Of `unknown` it may have happened, once. */
export type Outcome = 'acknowledged' | 'refused' | 'unknown';

export interface Asked {
  kind: 'asked';
  /** Unlike all others of the run. */
  id: string;
  actor: string;
  what: 'send' | 'edit' | 'remove' | 'join' | 'leave' | 'read';
  conversation: string;
  /** May it be repeated until it is answered, because something makes it happen once? */
  keyed: boolean;
  /** What it is about: the id of the message, the identity that comes or goes, the index read up to. */
  target?: string | number;
  /** The text that it gives a message; its first word is the id of the message. */
  body?: string;
}

export interface Told {
  kind: 'told';
  id: string;
  outcome: Outcome;
  /** SID and index of a message, where the answer had them. */
  sid?: string;
  index?: number;
  /** HTTP status of the answer, where there was one. */
  status?: number;
  /** The answer was that nobody can say. */
  undecided?: boolean;
  /** What came in place of an answer, or its HTTP status. */
  why?: string;
}

/** An answer that no fault excuses: a 500, say. */
export interface Offence {
  kind: 'offence';
  actor: string;
  what: string;
}

/** A reader's view of a conversation begins. What is up to `last` is history: no event tells of it. */
export interface Entered {
  kind: 'entered';
  reader: string;
  conversation: string;
  last: number;
}

/** That view ends: he was told that he is out. What was missed until then is not told any more. */
export interface Departed {
  kind: 'departed';
  reader: string;
  conversation: string;
}

/** What an SDK told its program of one message. */
export interface Seen {
  kind: 'seen';
  reader: string;
  event: 'added' | 'updated' | 'removed';
  conversation: string;
  sid: string;
  index: number;
  body: string;
}

export interface Fault {
  kind: 'fault';
  /** Counts from 1. */
  number: number;
  phase: 'begin' | 'end';
  /** Its kind when it begins; in words when it is over. */
  what: string;
}

/** A node ended by itself. */
export interface Ended {
  kind: 'ended';
  node: string;
  how: string;
  /** When its start began, of one that had not come up. */
  since?: number;
}

/** A webhook came to the receiver. */
export interface Hooked {
  kind: 'hooked';
  /** Stream and position. */
  event: string;
  type: string;
  /** The same for all attempts of one delivery. */
  token: string;
  /** Did the receiver take it? */
  taken: boolean;
}

/** A message as the REST API or an SDK has it at the end. */
export interface StoredMessage {
  sid: string;
  index: number;
  body: string;
}

/** What is there at the end of one conversation. */
export interface Found {
  kind: 'found';
  conversation: string;
  /** Who has read the log: he came in before everybody else, and sees what has happened since. */
  observer: string;
  log: AnyStreamEvent[];
  /** By REST. */
  messages: StoredMessage[];
  /** Identities and addresses, by REST. */
  participants: string[];
  /** What each reader holds who is in it by his own SDK. */
  held: Record<string, StoredMessage[]>;
  /** Of each reader who stays: the horizon and the unread messages that REST says, and those that the reader's SDK says. */
  reading: Record<string, { horizon: number | null; rest: number | null; sdk: number | null }>;
  /** What each phone of it shows, by its number; oldest first. */
  phones: Record<string, string[]>;
}

/** What is left to be done after the time to settle. */
export interface Left {
  kind: 'left-over';
  /** Copies and webhooks that are neither done nor given up, and those that were given up, in words. */
  waiting: string[];
  dead: string[];
}

/** What `colloquy doctor` says of the database at the end. */
export interface Consulted {
  kind: 'consulted';
  /** That it looked at. */
  rows: number;
  /** In words. */
  findings: string[];
}

export interface Run {
  kind: 'run';
  seed: number;
  minutes: number;
  set: string;
  faults: readonly string[];
  /** Readers who are in every conversation from before its first message to the end. */
  readers: readonly string[];
  /** Readers who come and go. */
  visitors: readonly string[];
}

/** Everything was well again, and what nobody had answered was asked once more. */
export interface Healed {
  kind: 'healed';
  /** Milliseconds until nothing was left to be done, or until it was given up. */
  settled: number;
}

export type Entry =
  | Run
  | Asked
  | Told
  | Offence
  | Entered
  | Departed
  | Seen
  | Fault
  | Ended
  | Hooked
  | Healed
  | Found
  | Left
  | Consulted;
export type Timed<E extends Entry = Entry> = E & { t: number };
