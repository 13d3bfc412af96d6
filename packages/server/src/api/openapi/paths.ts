import type { EndpointDescription, Scope } from './describe.ts';
import { type Field, sid, text } from './fields.ts';

const scopePrefixes: Record<Scope, readonly string[]> = {
  account: ['/v1'],
  service: ['/v1/Services/{ChatServiceSid}'],
  both: ['/v1', '/v1/Services/{ChatServiceSid}'],
  root: [''],
};

/** The whole paths under which an endpoint is found. */
export function pathsOf({ scope, path }: EndpointDescription): string[] {
  return scopePrefixes[scope].map((prefix) => prefix + path);
}

/** What a segment names, told by the one before it. */
const named: Record<string, Field> = {
  Services: sid('IS'),
  Conversations: text('SID or unique name of the conversation.'),
  Participants: text('SID or identity of the participant.'),
  Users: text('SID or identity of the user.'),
  Messages: sid('IM'),
  Receipts: sid('DY'),
  Webhooks: sid('WH'),
  Roles: sid('RL'),
  Credentials: sid('CR'),
  Bindings: sid('BS'),
  Addresses: text('SID of the configuration, or the address itself.'),
  Media: sid('ME'),
  Content: sid('HX'),
  media: sid('ME'),
  conversations: sid('CH'),
  messages: sid('IM'),
  senders: sid('XE'),
  phones: text('Number of the phone: E.164, or whatsapp: and E.164.'),
  outbox: text('Id of the work.'),
  'webhook-deliveries': text('Id of the delivery.'),
};

/** The parameters in a path, in their order. */
export function pathParameters(path: string): { name: string; collection: string; field: Field }[] {
  const segments = path.split('/');
  return segments.flatMap((segment, at) => {
    if (!segment.startsWith('{')) return [];
    const collection = segments[at - 1] ?? '';
    const field = named[collection];
    if (!field) throw new Error(`${path}: what ${segment} names is not described`);
    return [{ name: segment.slice(1, -1), collection, field }];
  });
}
