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
import { date, type Fields, integer, nullable, sid, text } from '../fields.ts';

const fields: Fields = {
  DateCreated: date('For importing history: when it was added.'),
  DateUpdated: date('For importing history: when it was last changed.'),
  Attributes: text('JSON text.', 'participantAttributesBytes'),
  RoleSid: sid('RL', 'Of type conversation.'),
};

const projected = 'Your own number that stands for the person in a group text.';

export const participants: ResourceDescription = {
  name: 'Participants',
  about: 'Who takes part in a conversation: by an identity in chat, or by an address outside it.',
  endpoints: [
    ofBoth('/Conversations/{ConversationSid}/Participants', {
      GET: lists('Participant', 'participants', 100, 'Lists the participants of a conversation.'),
      POST: withWebhooks(
        creates('Participant', 'Adds a participant.', {
          Identity: text('Who takes part in chat; the user is made if missing.', 'identity'),
          'MessagingBinding.Address': text('The person outside chat: E.164, whatsapp: and E.164 …', 'address'),
          'MessagingBinding.ProxyAddress': text('Your own number that faces the person.', 'address'),
          'MessagingBinding.ProjectedAddress': text(projected, 'address'),
          'MessagingBinding.Level': text('Of e-mail: to, cc or from. An extension.'),
          'MessagingBinding.Name': text('Of e-mail: name of the person. An extension.'),
          ...fields,
        }),
      ),
    }),
    ofBoth('/Conversations/{ConversationSid}/Participants/{Sid}', {
      GET: fetches('Participant', 'Fetches a participant.'),
      POST: withWebhooks(
        updates('Participant', 'Changes a participant.', {
          ...fields,
          'MessagingBinding.ProxyAddress': text('The text null takes it away.', 'address'),
          'MessagingBinding.ProjectedAddress': text(`${projected} The text null takes it away.`, 'address'),
          Identity: text('For a projected address: who in chat it stands for.', 'identity'),
          LastReadMessageIndex: nullable(integer('Up to where it was read; an empty value clears it.')),
          LastReadTimestamp: text('RFC 3339: when it was read.'),
        }),
      ),
      DELETE: withWebhooks(removes('Removes a participant.')),
    }),
    ofBoth('/ParticipantConversations', {
      GET: lists(
        'ParticipantConversation',
        'conversations',
        50,
        'Lists the conversations of an identity or an address.',
        {
          Identity: text('Exactly one of the two has to be sent.'),
          Address: text('Percent-encode its plus sign.'),
        },
      ),
    }),
  ],
};
