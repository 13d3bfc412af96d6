import {
  creates,
  fetches,
  lists,
  ofBoth,
  type ResourceDescription,
  removes,
  updates,
  withWebhooks,
} from '../describe.ts';
import { choice, date, type Fields, integer, nullable, required, sid, text } from '../fields.ts';

const fields: Fields = {
  FriendlyName: text('Name for people.', 'friendlyName'),
  Attributes: text('JSON text.', 'userAttributesBytes'),
  RoleSid: sid('RL', 'Of type service.'),
};

export const users: ResourceDescription = {
  name: 'Users',
  about: 'Who takes part in chat, and the conversations as each of them has them.',
  endpoints: [
    ofBoth('/Users', {
      GET: lists('User', 'users', 50, 'Lists the users.'),
      POST: withWebhooks(
        creates('User', 'Creates a user.', {
          Identity: required(text('Who it is: unique in the service, case-sensitive.', 'identity')),
          ...fields,
        }),
      ),
    }),
    ofBoth('/Users/{Sid}', {
      GET: fetches('User', 'Fetches a user.'),
      POST: withWebhooks(updates('User', 'Changes a user.', fields)),
      DELETE: withWebhooks(removes('Removes a user, from all conversations too.')),
    }),
    ofBoth('/Users/{UserSid}/Conversations', {
      GET: lists('UserConversation', 'conversations', 50, 'Lists the conversations of a user.'),
    }),
    ofBoth('/Users/{UserSid}/Conversations/{ConversationSid}', {
      GET: fetches('UserConversation', 'Fetches a conversation as a user has it.'),
      POST: updates('UserConversation', 'Changes how a user has a conversation.', {
        NotificationLevel: choice(['default', 'muted'], 'Whether the user is told of messages.'),
        LastReadTimestamp: date('When it was read.'),
        LastReadMessageIndex: nullable(integer('Up to where it was read; an empty value clears it.')),
      }),
      DELETE: removes('Takes the user out of the conversation.'),
    }),
  ],
};
