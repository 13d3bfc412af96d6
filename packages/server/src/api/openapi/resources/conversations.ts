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
import { choice, date, type Fields, many, sid, text } from '../fields.ts';
import { conversationState } from '../nested.ts';

const fields: Fields = {
  FriendlyName: text('Name for people. An empty one leaves the former.', 'friendlyName'),
  UniqueName: text('Own key, unique in the service, usable in paths. An empty one takes it away.', 'uniqueName'),
  DateCreated: date('For importing history: when it was created.'),
  DateUpdated: date('For importing history: when it was last changed.'),
  MessagingServiceSid: sid('MG'),
  Attributes: text('JSON text.', 'conversationAttributesBytes'),
  State: choice(conversationState, 'A closed conversation stays closed.'),
  'Timers.Inactive': text(
    'ISO 8601 duration from PT1M, after which it becomes inactive. An empty one stops the timer.',
  ),
  'Timers.Closed': text('ISO 8601 duration from PT10M, after which it is closed. An empty one stops the timer.'),
  'Bindings.Email.Address': text('Sender of outgoing e-mail.', 'address'),
  'Bindings.Email.Name': text('Name of that sender.', 'address'),
};

const combined = creates('ConversationWithParticipants', 'Creates a conversation together with its participants.', {
  ...fields,
  Participant: many(
    text('JSON of one participant: identity, messaging_binding, attributes, role_sid. At most 10 by the contract.'),
  ),
});

export const conversations: ResourceDescription = {
  name: 'Conversations',
  about: 'A thread of messages among people in your app, on SMS, on WhatsApp and on other channels.',
  endpoints: [
    ofBoth('/Conversations', {
      GET: lists('Conversation', 'conversations', 100, 'Lists conversations, those with the latest activity first.', {
        StartDate: text('ISO 8601: only those created on or after it.'),
        EndDate: text('ISO 8601: only those created on or before it; a day is meant up to its end.'),
        State: choice(conversationState, 'Only those in this state.'),
      }),
      POST: withWebhooks(creates('Conversation', 'Creates a conversation.', fields)),
    }),
    ofBoth('/Conversations/{Sid}', {
      GET: fetches('Conversation', 'Fetches a conversation.'),
      POST: withWebhooks(updates('Conversation', 'Changes a conversation.', fields)),
      DELETE: withWebhooks(removes('Removes a conversation with all that is in it.')),
    }),
    ofBoth('/ConversationWithParticipants', {
      POST: withWebhooks({
        ...combined,
        answers: [
          { status: 201, schema: 'ConversationWithParticipants' },
          { status: 202, schema: 'ConversationWithParticipants' },
        ],
      }),
    }),
  ],
};
