import type { Client, Conversation, Message, Paginator, Participant } from '@twilio/conversations';

/** What a client was told of what, line by line, in the order in which it was told. */
export interface Journal {
  messages: string[];
  participants: string[];
  conversations: string[];
  users: string[];
}

/** How a message fares with a phone, and that there is a newer one, comes when it comes: it is left out. */
export function keepJournal(client: Client): Journal {
  const journal: Journal = { messages: [], participants: [], conversations: [], users: [] };
  const message = (what: string) => (it: Message) => journal.messages.push(`${what} ${it.index} ${it.body}`);
  const participant = (what: string) => (it: Participant) => journal.participants.push(`${what} ${nameOf(it)}`);
  const conversation = (what: string) => (it: Conversation) => journal.conversations.push(`${what} ${it.friendlyName}`);
  client.on('messageAdded', message('added'));
  client.on('messageRemoved', message('removed'));
  client.on('messageUpdated', ({ message: it, updateReasons }) => {
    const reasons = telling(updateReasons.filter((reason) => reason !== 'deliveryReceipt'));
    if (reasons) journal.messages.push(`updated ${it.index} ${it.body} (${reasons})`);
  });
  client.on('participantJoined', participant('joined'));
  client.on('participantLeft', participant('left'));
  client.on('participantUpdated', ({ participant: it, updateReasons }) => {
    journal.participants.push(`updated ${nameOf(it)} (${telling(updateReasons)})`);
  });
  client.on('conversationAdded', conversation('added'));
  client.on('conversationJoined', conversation('joined'));
  client.on('conversationLeft', conversation('left'));
  client.on('conversationRemoved', conversation('removed'));
  client.on('conversationUpdated', ({ conversation: it, updateReasons }) => {
    const reasons = telling(updateReasons.filter((reason) => reason !== 'lastMessage'));
    if (reasons) journal.conversations.push(`updated ${it.friendlyName} (${reasons})`);
  });
  client.on('userUpdated', ({ user, updateReasons }) => {
    journal.users.push(`updated ${user.identity} (${telling(updateReasons)})`);
  });
  return journal;
}

/** Forgets what was written so far. */
export function turnThePage(journal: Journal): void {
  for (const lines of Object.values(journal)) lines.length = 0;
}

/** Dates go along with everything. */
function telling(reasons: readonly string[]): string {
  return reasons
    .filter((reason) => !reason.startsWith('date'))
    .sort()
    .join(' ');
}

function nameOf({ identity, type }: Participant): string {
  return identity ?? type;
}

/** All pages, the oldest first. */
export async function allMessages(conversation: Conversation): Promise<Message[]> {
  const messages: Message[] = [];
  let page: Paginator<Message> = await conversation.getMessages(100);
  for (;;) {
    messages.unshift(...page.items);
    if (!page.hasPrevPage) return messages;
    page = await page.prevPage();
  }
}

/** As far as a user sees it. */
export async function stateOf(conversation: Conversation) {
  const messages = await allMessages(conversation);
  const participants = await conversation.getParticipants();
  return {
    names: [conversation.friendlyName, conversation.uniqueName],
    attributes: conversation.attributes,
    messages: messages.map(({ sid, index, body, author, attributes }) => ({ sid, index, body, author, attributes })),
    participants: participants
      .map(({ sid, identity, type, attributes, lastReadMessageIndex }) => ({
        sid,
        identity,
        type,
        attributes,
        lastReadMessageIndex,
      }))
      .sort((a, b) => a.sid.localeCompare(b.sid)),
  };
}
