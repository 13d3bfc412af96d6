/** What each two-letter SID prefix stands for. Contract: REST reference, "SIDs". */
export const sidKinds = {
  AC: 'account',
  BS: 'binding',
  CH: 'conversation',
  CR: 'credential',
  DY: 'delivery receipt',
  FW: 'studio flow',
  HX: 'content template',
  IG: 'address configuration',
  IM: 'message',
  IS: 'service',
  MB: 'participant',
  ME: 'media',
  MG: 'messaging service',
  RL: 'role',
  SK: 'API key',
  SM: 'channel message',
  US: 'user',
  WH: 'conversation webhook',
  XE: 'sender',
} as const;

export type SidPrefix = keyof typeof sidKinds;

/** A SID is its prefix and 32 hexadecimal digits. */
export type Sid<P extends SidPrefix = SidPrefix> = `${P}${string}`;

const sidForm = /^[A-Z]{2}[0-9a-fA-F]{32}$/;

/** Does the text have the form of a SID of this kind (or, without a prefix, of any kind)? */
export function isSid<P extends SidPrefix>(text: unknown, prefix?: P): text is Sid<P> {
  return (
    typeof text === 'string' &&
    text.length === 34 &&
    sidForm.test(text) &&
    (prefix === undefined || text.startsWith(prefix))
  );
}
