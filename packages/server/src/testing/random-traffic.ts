import fc from 'fast-check';
import type { Form, Method, OpenRest } from './open-rest.ts';

/** A request to make, once it is known what there is: numbers choose from it. */
export type Step = { kind: keyof typeof steps; which: number; other: number };

/** What earlier steps have made. */
interface Made {
  conversations: string[];
  participants: { conversation: string; sid: string }[];
  messages: { conversation: string; sid: string }[];
  webhooks: string[];
}

/** The proxy addresses belong to the sandbox of `openRest`. */
const proxies = ['+12025550100', '+12025550101'];
const words = ['Good morning', 'Has it arrived?', 'Not yet.', 'Thank you!'];

const pick = <T>(from: readonly T[], which: number): T | undefined => from[which % from.length];

interface Request {
  method: Method;
  path: string;
  form?: Form;
  keep?: (sid: string, made: Made) => void;
}

const inside = (conversation: string | undefined) => `/v1/Conversations/${conversation ?? 'none'}`;

const steps = {
  create: (_made: Made, which: number, other: number): Request => ({
    method: 'POST',
    path: '/v1/Conversations',
    form: { FriendlyName: `room ${which}`, ...(other % 3 === 0 && { UniqueName: `name-${which % 5}` }) },
    keep: (sid, made) => made.conversations.push(sid),
  }),
  createWith: (_made: Made, which: number, other: number): Request => ({
    method: 'POST',
    path: '/v1/ConversationWithParticipants',
    form: {
      Participant: [
        JSON.stringify({ identity: `user ${which % 7}` }),
        JSON.stringify({
          messaging_binding: { address: phone(other), proxy_address: pick(proxies, which) },
        }),
      ],
    },
    keep: (sid, made) => made.conversations.push(sid),
  }),
  join: (made: Made, which: number, other: number): Request => {
    const conversation = pick(made.conversations, which);
    return {
      method: 'POST',
      path: `${inside(conversation)}/Participants`,
      form: { Identity: `user ${other % 7}` },
      keep: (sid) => conversation && made.participants.push({ conversation, sid }),
    };
  },
  bind: (made: Made, which: number, other: number): Request => {
    const conversation = pick(made.conversations, which);
    return {
      method: 'POST',
      path: `${inside(conversation)}/Participants`,
      form: {
        'MessagingBinding.Address': phone(other),
        'MessagingBinding.ProxyAddress': proxies[other % 2] ?? '',
      },
      keep: (sid) => conversation && made.participants.push({ conversation, sid }),
    };
  },
  project: (made: Made, which: number, other: number): Request => ({
    method: 'POST',
    path: `${inside(pick(made.conversations, which))}/Participants`,
    form: { Identity: `user ${other % 7}`, 'MessagingBinding.ProjectedAddress': proxies[other % 2] ?? '' },
  }),
  send: (made: Made, which: number, other: number): Request => {
    const conversation = pick(made.conversations, which);
    return {
      method: 'POST',
      path: `${inside(conversation)}/Messages`,
      form: { Body: pick(words, other) ?? '', Author: `user ${other % 7}` },
      keep: (sid) => conversation && made.messages.push({ conversation, sid }),
    };
  },
  edit: (made: Made, which: number): Request => {
    const message = pick(made.messages, which);
    return { method: 'POST', path: `${inside(message?.conversation)}/Messages/${message?.sid}`, form: { Body: 'x' } };
  },
  removeMessage: (made: Made, which: number): Request => {
    const message = pick(made.messages, which);
    return { method: 'DELETE', path: `${inside(message?.conversation)}/Messages/${message?.sid}` };
  },
  leave: (made: Made, which: number): Request => {
    const participant = pick(made.participants, which);
    return { method: 'DELETE', path: `${inside(participant?.conversation)}/Participants/${participant?.sid}` };
  },
  read: (made: Made, which: number, other: number): Request => {
    const participant = pick(made.participants, which);
    return {
      method: 'POST',
      path: `${inside(participant?.conversation)}/Participants/${participant?.sid}`,
      form: { LastReadMessageIndex: String(other % 10) },
    };
  },
  rename: (made: Made, which: number, other: number): Request => ({
    method: 'POST',
    path: inside(pick(made.conversations, which)),
    form: { FriendlyName: `renamed ${other}` },
  }),
  close: (made: Made, which: number, other: number): Request => ({
    method: 'POST',
    path: inside(pick(made.conversations, which)),
    form: { State: other % 2 === 0 ? 'closed' : 'inactive' },
  }),
  remove: (made: Made, which: number): Request => ({ method: 'DELETE', path: inside(pick(made.conversations, which)) }),
  hook: (made: Made, which: number): Request => ({
    method: 'POST',
    path: `${inside(pick(made.conversations, which))}/Webhooks`,
    form: {
      Target: 'webhook',
      'Configuration.Url': 'http://127.0.0.1:9/',
      'Configuration.Filters': ['onMessageAdded', 'onConversationUpdated'],
    },
  }),
  updateUser: (_made: Made, which: number, other: number): Request => ({
    method: 'POST',
    path: `/v1/Users/${encodeURIComponent(`user ${which % 7}`)}`,
    form: { FriendlyName: `called ${other}` },
  }),
  removeUser: (_made: Made, which: number): Request => ({
    method: 'DELETE',
    path: `/v1/Users/${encodeURIComponent(`user ${which % 7}`)}`,
  }),
};

function phone(which: number): string {
  return `+1202555${String(1200 + (which % 5))}`;
}

const kinds = Object.keys(steps) as (keyof typeof steps)[];
/** What happens often happens often here, too. */
const weighted = [...kinds, 'create', 'join', 'join', 'bind', 'bind', 'send', 'send', 'send', 'send', 'read'] as const;

export const anySteps = (options: { minLength: number; maxLength: number }): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.record({ kind: fc.constantFrom(...weighted), which: fc.nat(1000), other: fc.nat(1000) }),
    // The length is the point of it: short ones make nothing that others could meet.
    { ...options, size: 'max' },
  );

/** Makes the requests one after the other. Many are refused, as they would be in life; none may be a 5xx. */
export async function play(at: OpenRest, chosen: readonly Step[]): Promise<void> {
  const made: Made = { conversations: [], participants: [], messages: [], webhooks: [] };
  for (const { kind, which, other } of chosen) {
    const { method, path, form, keep } = steps[kind](made, which, other);
    const { status, body } = await at.ask(method, path, form === undefined ? {} : { form });
    if (status >= 500) throw new Error(`${method} ${path}: ${JSON.stringify(body)}`);
    if (status < 300 && body !== '') keep?.(body.sid, made);
  }
}
