import type { AnyStreamEvent, MediaResource, RealtimeMethod, RecipientResource, Sid } from '@colloquy/protocol';
import { add, ownStream, remove, tellGone } from './fake-participants.ts';
import {
  type FakeConversation,
  type FakeMessage,
  type FakeParticipant,
  FakeRefusal,
  type FakeServer,
  type Handler,
} from './fake-server.ts';

/** What every method but `connect`, `token.update` and `ping` does. */
export const fakeMethods: { [M in Exclude<RealtimeMethod, 'connect' | 'token.update' | 'ping'>]: Handler<M> } = {
  'conversations.create': (server, caller, { friendlyName = null, uniqueName = null, attributes = '{}' }) => {
    requireFree(server, uniqueName);
    const sid = server.newSid('CH');
    const now = ++server.now;
    const conversation: FakeConversation = {
      data: {
        sid,
        serviceSid: 'IS0123456789abcdef0123456789abcdef',
        friendlyName,
        uniqueName,
        attributes,
        state: 'active',
        dateStateUpdated: now,
        createdBy: caller.identity,
        dateCreated: now,
        dateUpdated: now,
        lastMessage: null,
      },
      head: 0,
      participants: new Map(),
      messages: new Map(),
      nextIndex: 0,
    };
    server.conversations.set(sid, conversation);
    server.append(sid, 'conversation.added', conversation.data);
    return server.entry(conversation, caller.identity);
  },
  'conversations.list': (server, { identity }, { next, limit = server.pageSize }) => {
    const all = server.conversationsOf(identity).filter(({ data }) => !next || data.sid < next);
    const items = all.slice(0, limit).map((conversation) => server.entry(conversation, identity));
    return { items, next: all.length > limit ? (items.at(-1)?.conversation.sid ?? 'CI') : null };
  },
  'conversations.get': (server, { identity }, { conversation }) =>
    server.entry(server.conversation(conversation, identity), identity),
  'conversations.update': (server, { identity }, { conversation: ref, friendlyName, uniqueName, attributes }) => {
    const conversation = server.conversation(ref, identity);
    if (uniqueName && uniqueName !== conversation.data.uniqueName) requireFree(server, uniqueName);
    update(server, conversation, {
      ...(friendlyName !== undefined && { friendlyName }),
      ...(uniqueName !== undefined && { uniqueName }),
      ...(attributes !== undefined && { attributes }),
    });
    return server.entry(conversation, identity);
  },
  'conversations.delete': (server, { identity }, { conversation: ref }) => {
    const conversation = server.conversation(ref, identity);
    for (const participant of conversation.participants.values()) tellGone(server, participant, 'deleted');
    server.append(conversation.data.sid, 'conversation.removed', conversation.data);
    server.conversations.delete(conversation.data.sid);
    return {};
  },
  'conversations.join': (server, { identity }, { conversation: ref }) => {
    const conversation = server.conversation(ref, identity);
    add(server, conversation, { identity });
    return server.entry(conversation, identity);
  },
  'conversations.leave': (server, { identity }, { conversation: ref }) => {
    const conversation = server.conversation(ref, identity);
    remove(server, conversation, server.participant(conversation, identity), 'left');
    return {};
  },
  'conversations.unread': (server, { identity }) => ({
    unread: server
      .conversationsOf(identity)
      .map((conversation) => unread(conversation, server.member(conversation, identity)) ?? conversation.messages.size)
      .reduce((sum, n) => sum + n, 0),
  }),
  'conversations.recipients': (server, { identity }, { conversation: ref, next, limit = server.pageSize }) => {
    const conversation = server.conversation(ref, identity);
    const from = Number(next ?? 0);
    const all = [...conversation.messages.values()].flatMap((message) => recipients(conversation, message));
    const end = from + limit;
    return { items: all.slice(from, end), next: all.length > end ? String(end) : null };
  },
  'conversations.counts': (server, { identity }, { conversation: ref }) => {
    const conversation = server.conversation(ref, identity);
    return {
      messages: conversation.messages.size,
      participants: conversation.participants.size,
      unread: unread(conversation, server.member(conversation, identity)),
    };
  },

  'conversations.changes': (server, { identity }, { conversation: ref, after, knows }) => {
    const { data, head, participants, messages } = server.conversation(ref, identity);
    const there = [
      ...[...participants.values()].map(({ data }) => ({ kind: 'participant', data })),
      ...[...messages.values()].slice(-1000).map(({ data }) => ({ kind: 'message', data })),
    ];
    const changed = there.flatMap(({ kind, data }) => {
      const came = server.log.find(
        (event) => event.type === `${kind}.added` && (event.data as { sid?: string }).sid === data.sid,
      );
      const isNew = (came?.position ?? 0) > after;
      if (!isNew && !(data.position > after && knows.includes('index' in data ? data.index : data.sid))) return [];
      const position = isNew ? (came?.position ?? 0) : data.position;
      return { stream: ref, position, type: `${kind}.${isNew ? 'added' : 'updated'}`, time: server.now, data };
    });
    const events = changed.sort((a, b) => a.position - b.position).slice(0, server.changesAtMost);
    const isCut = events.length < changed.length;
    const all = new Set([...participants.keys(), ...messages.keys()]);
    const first = { stream: ref, position: head, type: 'conversation.updated', time: server.now, data };
    return structuredClone({
      events: [first, ...events] as AnyStreamEvent[],
      gone: knows.filter((one) => !all.has(one)),
      position: isCut ? (events.at(-1)?.position ?? head) : head,
      head,
    });
  },

  'membership.update': (server, { identity }, { conversation: ref, notificationLevel, read }) => {
    const conversation = server.conversation(ref, identity);
    const participant = server.participant(conversation, identity);
    const before = participant.data.lastReadMessageIndex;
    const last = conversation.data.lastMessage?.index ?? null;
    const index =
      read?.mode === 'set'
        ? read.index
        : read?.mode === 'advance'
          ? Math.max(read.index, before ?? 0)
          : read?.mode === 'all'
            ? last
            : read?.mode === 'none'
              ? null
              : before;
    const level = notificationLevel ?? participant.notificationLevel;
    if (index !== before || level !== participant.notificationLevel) {
      participant.notificationLevel = level;
      const lastReadTimestamp = index === null ? null : ++server.now;
      participant.data = { ...participant.data, lastReadMessageIndex: index, lastReadTimestamp };
      server.append(conversation.data.sid, 'participant.updated', participant.data);
      participant.membershipPosition = server.user(identity).head + 1;
      server.append(ownStream(participant), 'membership.updated', server.membership(participant));
    }
    return {
      membership: server.membership(participant),
      unread: unread(conversation, participant),
      position: participant.membershipPosition,
    };
  },

  'participants.list': (server, { identity }, { conversation: ref, next, limit = server.pageSize }) => {
    const conversation = server.conversation(ref, identity);
    const all = [...conversation.participants.values()].filter(({ data }) => !next || data.sid > next);
    const items = all.slice(0, limit).map(({ data }) => data);
    return { items, next: all.length > limit ? (items.at(-1)?.sid ?? null) : null };
  },
  'participants.get': (server, { identity }, { conversation: ref, participant }) => {
    const conversation = server.conversation(ref, identity);
    return server.participant(conversation, participant).data;
  },
  'participants.add': (server, caller, { conversation: ref, identity, attributes = '{}' }) =>
    added(add(server, server.conversation(ref, caller.identity), { identity, attributes })),
  'participants.addNonChat': (server, caller, { conversation: ref, ...newcomer }) =>
    added(add(server, server.conversation(ref, caller.identity), newcomer)),
  'participants.update': (server, { identity }, { conversation: ref, participant: who, attributes }) => {
    const conversation = server.conversation(ref, identity);
    const participant = server.participant(conversation, who);
    participant.data = { ...participant.data, dateUpdated: ++server.now, ...(attributes && { attributes }) };
    server.append(conversation.data.sid, 'participant.updated', participant.data);
    return participant.data;
  },
  'participants.remove': (server, { identity }, { conversation: ref, participant }) => {
    const conversation = server.conversation(ref, identity);
    remove(server, conversation, server.participant(conversation, participant), 'removed');
    return { position: conversation.head };
  },

  'messages.send': (
    server,
    { identity },
    { conversation: ref, body = null, attributes = '{}', subject = null, media: sids, contentSid, contentVariables },
  ) => {
    const conversation = server.conversation(ref, identity);
    const media = sids?.map((sid) => own(server, sid, identity));
    if (!body && !contentSid && !media) throw new FakeRefusal(50503);
    const now = ++server.now;
    const data = {
      sid: server.newSid('IM'),
      conversationSid: conversation.data.sid,
      index: conversation.nextIndex++,
      author: identity,
      body: contentSid ? `${contentSid} ${contentVariables}` : body,
      subject,
      attributes,
      participantSid: server.member(conversation, identity)?.data.sid ?? null,
      contentSid: (contentSid ?? null) as Sid<'HX'> | null,
      ...(media && { media }),
      lastUpdatedBy: null,
      delivery: null,
      dateCreated: now,
      dateUpdated: now,
      position: 0,
    };
    const lastMessage = { index: data.index, dateCreated: now };
    conversation.data = { ...conversation.data, lastMessage };
    server.append(conversation.data.sid, 'message.added', data);
    conversation.messages.set(data.index, { data });
    return data;
  },
  'messages.list': (server, { identity }, { conversation: ref, limit = server.pageSize, anchor, direction }) => {
    const conversation = server.conversation(ref, identity);
    const all = [...conversation.messages.values()].map(({ data }) => data).sort((a, b) => a.index - b.index);
    const forward = direction === 'forward';
    const fitting = all.filter(({ index }) => (forward ? index >= (anchor ?? 0) : index <= (anchor ?? index)));
    const items = forward ? fitting.slice(0, limit) : fitting.slice(-limit);
    const others = all.length - fitting.length > 0;
    const more = fitting.length > items.length;
    const at = anchor ?? (forward ? 0 : conversation.nextIndex);
    const previous = (items[0]?.index ?? at) - 1;
    const after = (items.at(-1)?.index ?? at - 1) + 1;
    return {
      items,
      previous: (forward ? others : more) ? previous : null,
      next: (forward ? more : others) ? after : null,
    };
  },
  'messages.get': (server, { identity }, { conversation: ref, index }) => {
    const conversation = server.conversation(ref, identity);
    return server.message(conversation, index).data;
  },
  'messages.update': (server, { identity }, { conversation: ref, index, body, attributes }) => {
    const conversation = server.conversation(ref, identity);
    const message = server.message(conversation, index);
    message.data = {
      ...message.data,
      ...(body !== undefined && { body }),
      ...(attributes !== undefined && { attributes }),
      lastUpdatedBy: identity,
      dateUpdated: ++server.now,
    };
    server.append(conversation.data.sid, 'message.updated', message.data);
    return message.data;
  },
  'messages.remove': (server, { identity }, { conversation: ref, index }) => {
    const conversation = server.conversation(ref, identity);
    const { data } = server.message(conversation, index);
    conversation.messages.delete(index);
    const position = server.append(conversation.data.sid, 'message.removed', data);
    if (conversation.data.lastMessage?.index === index) {
      const last = [...conversation.messages.values()].sort((a, b) => b.data.index - a.data.index)[0]?.data;
      update(server, conversation, {
        lastMessage: last ? { index: last.index, dateCreated: last.dateCreated } : null,
      });
    }
    return { position };
  },
  'messages.content': (server, { identity }, { conversation: ref, index }) => {
    const { data } = server.message(server.conversation(ref, identity), index);
    const { body, contentSid } = data;
    return { content: contentSid && { type: 'text', body, rawData: JSON.stringify({ body }) } };
  },
  'messages.receipts': (server, { identity }, { conversation: ref, index }) => {
    const conversation = server.conversation(ref, identity);
    const { data } = server.message(conversation, index);
    const items = [...conversation.participants.values()].filter(({ data: { type } }) => type !== 'chat');
    return {
      items: items.map((participant, at) => ({
        sid: `DY${String(at).padStart(32, '0')}` as const,
        conversationSid: conversation.data.sid,
        messageSid: data.sid,
        messageIndex: index,
        participantSid: participant.data.sid,
        channelMessageSid: null,
        status: at === 0 ? 'queued' : 'failed',
        errorCode: at === 0 ? 0 : 30003,
        dateCreated: new Date(data.dateCreated).toISOString(),
        dateUpdated: new Date(data.dateUpdated).toISOString(),
      })),
    };
  },
  'messages.recipients': (server, { identity }, { conversation: ref, index }) => {
    const conversation = server.conversation(ref, identity);
    return { items: recipients(conversation, server.message(conversation, index)) };
  },

  'media.links': (server, _caller, { media }) => {
    const known = media.filter((sid) => server.media.has(sid));
    if (!known.length && media.length) throw new FakeRefusal(50507);
    const urls = known.map((sid) => [sid, `http://fake/v1/x/media/${sid}?expires=${server.now}`]);
    return { urls: Object.fromEntries(urls) };
  },
  'content.list': (server, _caller, { next, limit = server.pageSize }) => {
    const all = server.templates.filter(({ sid }) => !next || sid > next);
    const items = all.slice(0, limit);
    return { items, next: all.length > limit ? (items.at(-1)?.sid ?? null) : null };
  },

  'users.get': (server, _caller, { user }) => server.userBy(user).data,
  'users.update': (server, _caller, { user: ref, friendlyName, attributes }) => {
    const user = server.userBy(ref);
    user.data = {
      ...user.data,
      ...(friendlyName !== undefined && { friendlyName }),
      ...(attributes !== undefined && { attributes }),
      dateUpdated: ++server.now,
    };
    server.append(user.data.sid, 'user.updated', user.data);
    return user.data;
  },
  'users.subscribe': (server, caller, { users }) => {
    const found = users.flatMap((ref) => server.knownUser(ref)?.data ?? []);
    for (const { sid, identity } of found) if (identity !== caller.identity) caller.watched.add(sid);
    for (const sid of [...caller.watched].slice(0, -100)) caller.watched.delete(sid);
    return { items: found };
  },
  'users.unsubscribe': (server, caller, { users }) => {
    for (const ref of users) caller.watched.delete(server.userBy(ref).data.sid);
    return {};
  },

  'push.register': (server, { identity }, { type, token }) => {
    server.devices.set(`${type} ${token}`, identity);
    return { sid: 'BS0123456789abcdef0123456789abcdef' };
  },
  'push.unregister': (server, { identity }, { type, token }) => {
    if (server.devices.get(`${type} ${token}`) === identity) server.devices.delete(`${type} ${token}`);
    return {};
  },
  typing: (server, { identity }, { conversation }) => {
    server.typing(server.conversation(conversation, identity).data.sid, identity);
    return {};
  },
  'events.list': (server, { identity }, { stream, after, limit = 50 }) => {
    const own = server.user(identity);
    const conversation = server.conversations.get(stream);
    if (stream !== own.data.sid && !(conversation && server.member(conversation, identity)))
      throw new FakeRefusal(50350);
    return { items: server.after(stream, after).slice(0, limit), head: conversation?.head ?? own.head };
  },
};

function own(server: FakeServer, sid: string, identity: string): MediaResource {
  const media = server.media.get(sid);
  if (media?.author !== identity) throw new FakeRefusal(50507);
  return media.resource;
}

function requireFree(server: FakeServer, uniqueName: string | null): void {
  if (uniqueName === null) return;
  for (const { data } of server.conversations.values())
    if (data.uniqueName === uniqueName) throw new FakeRefusal(50353);
}

function added(participant: FakeParticipant) {
  const { sid, conversationSid, identity, type, binding, attributes, roleSid, dateCreated } = participant.data;
  const date = new Date(dateCreated).toISOString();
  const rest = {
    sid,
    conversation_sid: conversationSid,
    chat_service_sid: 'IS0123456789abcdef0123456789abcdef',
    role_sid: roleSid,
    identity,
    attributes,
    messaging_binding: binding && { type, address: binding.address, proxy_address: binding.proxyAddress },
    date_created: date,
    date_updated: date,
  };
  return { ...participant.data, rest };
}

function update(server: FakeServer, conversation: FakeConversation, change: Partial<FakeConversation['data']>): void {
  conversation.data = { ...conversation.data, ...change, dateUpdated: ++server.now };
  server.append(conversation.data.sid, 'conversation.updated', conversation.data);
}

function unread({ messages }: FakeConversation, participant: FakeParticipant | undefined): number | null {
  const horizon = participant?.data.lastReadMessageIndex ?? null;
  return horizon === null ? null : [...messages.keys()].filter((index) => index > horizon).length;
}

/** Everybody who is in the conversation by e-mail counts as a recipient of all its messages. */
function recipients({ participants }: FakeConversation, { data: { sid } }: FakeMessage): RecipientResource[] {
  return [...participants.values()].flatMap(({ data: { type, binding } }) => {
    const { address, name = '', level } = binding ?? {};
    if (type !== 'email' || !address) return [];
    return [{ messageSid: sid, type, level: level === 'cc' ? 'cc' : 'to', name, address }];
  });
}
