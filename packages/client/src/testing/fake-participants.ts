import type { EmailLevel, MembershipResource, StreamSid } from '@colloquy/protocol';
import {
  type FakeConversation,
  type FakeParticipant,
  FakeRefusal,
  type FakeServer,
  type Listener,
} from './fake-server.ts';

export interface Newcomer {
  identity?: string;
  address?: string;
  proxyAddress?: string;
  attributes?: string;
  name?: string;
  level?: EmailLevel;
}

/** Lets somebody in, and tells of it. */
export function add(server: FakeServer, conversation: FakeConversation, newcomer: Newcomer): FakeParticipant {
  const { identity = null, address = null, proxyAddress = null, attributes = '{}', name, level } = newcomer;
  const mail = address?.includes('@') === true;
  if (!mail && (name !== undefined || level !== undefined)) throw new FakeRefusal(50420);
  if (identity !== null && server.member(conversation, identity)) throw new FakeRefusal(50433);
  const { sid } = conversation.data;
  const now = ++server.now;
  const participant: FakeParticipant = {
    data: {
      sid: server.newSid('MB'),
      conversationSid: sid,
      identity,
      userSid: identity === null ? null : server.user(identity).data.sid,
      type: identity === null ? (mail ? 'email' : 'sms') : 'chat',
      binding:
        identity === null
          ? {
              address,
              proxyAddress: mail ? null : proxyAddress,
              projectedAddress: null,
              ...(mail && { name: name ?? '', level: level ?? 'to' }),
            }
          : null,
      attributes,
      roleSid: identity === null ? null : 'RL0123456789abcdef0123456789abcdef',
      lastReadMessageIndex: null,
      lastReadTimestamp: null,
      dateCreated: now,
      dateUpdated: now,
      position: 0,
    },
    notificationLevel: 'default',
    membershipPosition: 0,
  };
  conversation.participants.set(participant.data.sid, participant);
  server.append(sid, 'participant.added', participant.data);
  if (identity === null) return participant;
  participant.membershipPosition = server.user(identity).head + 1;
  server.append(ownStream(participant), 'membership.added', {
    membership: server.membership(participant),
    conversation: conversation.data,
    position: conversation.head,
  });
  for (const listener of listenersOf(server, identity)) listener.streams.add(sid);
  return participant;
}

export function remove(
  server: FakeServer,
  conversation: FakeConversation,
  participant: FakeParticipant,
  reason: 'left' | 'removed',
): void {
  conversation.participants.delete(participant.data.sid);
  server.append(conversation.data.sid, 'participant.removed', participant.data);
  if (participant.data.identity !== null) tellGone(server, participant, reason);
}

export function tellGone(
  server: FakeServer,
  participant: FakeParticipant,
  reason: 'left' | 'removed' | 'deleted',
): void {
  const { identity, conversationSid } = participant.data;
  if (identity === null) return;
  const membership: MembershipResource = server.membership(participant);
  server.append(ownStream(participant), 'membership.removed', { membership, reason });
  for (const listener of listenersOf(server, identity)) listener.streams.delete(conversationSid);
}

function listenersOf(server: FakeServer, identity: string): Listener[] {
  return [...server.listeners].filter((listener) => listener.identity === identity);
}

export function ownStream({ data }: FakeParticipant): StreamSid {
  return data.userSid as StreamSid;
}
