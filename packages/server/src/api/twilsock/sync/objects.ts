/**
 * The Sync objects in which the official client finds everything it shows (reference: docs/reference/official-sdk.md).
 * Each stands for something that is stored anyway, and is called after it: nothing about them is kept.
 */
export type SyncType = 'document' | 'list' | 'map';

/** What an object shows. */
export type ObjectKind = 'conversation' | 'messages' | 'roster' | 'memberships' | 'userInfo';

interface Form {
  type: SyncType;
  /** Its SID is this and the rest of the stream's: the SIDs of conversations and users are unique in their rest, too. */
  prefix: string;
  /** Its unique name is the stream's SID and this. */
  suffix: string;
  stream: 'CH' | 'US';
}

/** The client falls back on `.channel` and `.roster` by itself: these two are not ours to choose. */
const forms: Record<ObjectKind, Form> = {
  conversation: { type: 'document', prefix: 'ET', suffix: 'channel', stream: 'CH' },
  messages: { type: 'list', prefix: 'ES', suffix: 'messages', stream: 'CH' },
  roster: { type: 'map', prefix: 'MP', suffix: 'roster', stream: 'CH' },
  memberships: { type: 'map', prefix: 'MC', suffix: 'my_conversations', stream: 'US' },
  userInfo: { type: 'map', prefix: 'MU', suffix: 'info', stream: 'US' },
};

export interface SyncObject {
  kind: ObjectKind;
  type: SyncType;
  sid: string;
  uniqueName: string;
  /** SID of the conversation or user that it shows. */
  stream: string;
}

export function objectOf(kind: ObjectKind, stream: string): SyncObject {
  const { type, prefix, suffix } = forms[kind];
  return { kind, type, sid: prefix + stream.slice(2), uniqueName: `${stream}.${suffix}`, stream };
}

const patterns = Object.entries(forms).map(([kind, { prefix, suffix, stream }]) => ({
  kind: kind as ObjectKind,
  stream,
  pattern: new RegExp(`^(?:${prefix}([0-9a-f]{32})|${stream}([0-9a-f]{32})\\.${suffix})$`),
}));

/** @param name SID or unique name. @returns undefined when no object is called so; nothing says yet that one is there */
export function objectNamed(name: string): SyncObject | undefined {
  for (const { kind, stream, pattern } of patterns) {
    const found = pattern.exec(name);
    if (found) return objectOf(kind, stream + (found[1] ?? found[2]));
  }
  return undefined;
}

/** The names of a conversation's objects, as answers and items have them. */
export function namesOf(conversation: string) {
  return {
    conversation: objectOf('conversation', conversation).uniqueName,
    messages: objectOf('messages', conversation).uniqueName,
    participants: objectOf('roster', conversation).uniqueName,
  };
}

const collections: Record<SyncType, string> = { document: 'Documents', list: 'Lists', map: 'Maps' };

/** Begins the addresses of objects. The client sends what it asks for there through its socket; no name is resolved. */
const host = 'https://sync.invalid';

export function urlOf({ type, sid }: SyncObject): string {
  return `${host}/v3/${collections[type]}/${sid}`;
}
