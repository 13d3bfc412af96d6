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
import { choice, date, type Fields, sid, text } from '../fields.ts';

const fields: Fields = {
  Author: text('Identity or address of who writes it; system when left out.', 'author'),
  Body: text('The text.', 'messageBodyBytes'),
  DateCreated: date('For importing history: when it was written.'),
  DateUpdated: date('For importing history: when it was last changed.'),
  Attributes: text('JSON text.', 'messageAttributesBytes'),
  Subject: text('Of e-mail.', 'subject'),
};

export const messages: ResourceDescription = {
  name: 'Messages',
  about: 'What was written in a conversation, in the order of its index.',
  endpoints: [
    ofBoth('/Conversations/{ConversationSid}/Messages', {
      GET: lists('Message', 'messages', 100, 'Lists the messages of a conversation.', {
        Order: choice(['asc', 'desc'], 'By index; asc when left out.'),
      }),
      POST: withWebhooks(
        creates('Message', 'Writes a message: it needs Body, MediaSid or ContentSid.', {
          ...fields,
          MediaSid: sid('ME', 'An uploaded file that no message has yet.'),
          ContentSid: sid('HX', 'A template that makes the text; Body and MediaSid do not count then.'),
          ContentVariables: text('JSON object of texts that fill the template.'),
        }),
      ),
    }),
    ofBoth('/Conversations/{ConversationSid}/Messages/{Sid}', {
      GET: fetches('Message', 'Fetches a message.'),
      POST: withWebhooks(updates('Message', 'Changes a message.', fields)),
      DELETE: withWebhooks(removes('Removes a message; its index stays unused.')),
    }),
    ofBoth('/Conversations/{ConversationSid}/Messages/{MessageSid}/ChannelMetadata', {
      GET: fetches('ChannelMetadata', 'Fetches what the channel told besides; code 50530 when there is nothing.'),
    }),
    ofBoth('/Conversations/{ConversationSid}/Messages/{MessageSid}/Receipts', {
      GET: lists(
        'DeliveryReceipt',
        'delivery_receipts',
        50,
        'Lists how far a message came, for each person outside chat.',
      ),
    }),
    ofBoth('/Conversations/{ConversationSid}/Messages/{MessageSid}/Receipts/{Sid}', {
      GET: fetches('DeliveryReceipt', 'Fetches one of those receipts.'),
    }),
  ],
};
