import { atRoot, fetches, posts, type ResourceDescription, removes, withoutCredentials } from '../describe.ts';
import { anyObject, flag, integer, many, nullable, required, sid, text } from '../fields.ts';

const named = {
  friendlyName: nullable(text('Name for people.', 'credentialFriendlyName')),
  addresses: many(text('Own address. Left out: those that the provider says it has.')),
};
const check = flag('False: the provider is not asked whether it works.');

export const senders: ResourceDescription = {
  name: 'Senders',
  about:
    'Own addresses at providers, with what it takes to use them. Secrets are sealed when they are stored and never shown. An extension.',
  endpoints: [
    atRoot('/v1/x/sender-types', { GET: fetches('SenderTypes', 'Lists the kinds of senders, and what each needs.') }),
    atRoot('/v1/x/senders', {
      GET: fetches('SendersPage', 'Lists the senders.', {
        query: {
          limit: integer('How many on a page.', { min: 1, max: 100 }),
          after: text('What the page before gave as next.'),
        },
      }),
      POST: posts(201, 'Sender', 'Makes a sender, after asking its provider whether it works.', {
        json: { type: required(text('Of its channel.')), ...named, config: required(anyObject('By its type.')), check },
      }),
    }),
    atRoot('/v1/x/senders/{SenderSid}', {
      GET: fetches('Sender', 'Fetches a sender, and how it does.'),
      POST: {
        ...posts(200, 'Sender', 'Changes a sender. What is left out stays as it is.', {
          json: { ...named, config: anyObject('Fields that change; null takes one away.'), check },
        }),
        verb: 'update',
      },
      DELETE: removes('Removes a sender. What it should still send waits for another with its address.'),
    }),
    atRoot('/v1/x/senders/{SenderSid}/pause', {
      POST: posts(200, 'Sender', 'Has a sender send nothing until it is resumed. It goes on receiving.', {
        json: { reason: text('Why, for people.') },
      }),
    }),
    atRoot('/v1/x/senders/{SenderSid}/resume', { POST: posts(200, 'Sender', 'Lets a sender go on.', {}) }),
    atRoot('/v1/x/senders/{SenderSid}/check', {
      POST: posts(200, 'SenderCheck', 'Asks the provider whether a sender works.', {}),
    }),
    atRoot('/v1/x/senders/{SenderSid}/links', {
      POST: posts(
        200,
        'SenderLink',
        'Makes a link by which somebody joins a conversation, where people have to begin.',
        {
          json: { conversation: required(sid('CH')) },
        },
      ),
    }),
    atRoot('/v1/x/senders/{SenderSid}/webhook', {
      GET: withoutCredentials({
        ...fetches('SenderCheck', 'Where the provider makes sure that the address is yours.'),
        answers: [{ status: 200, type: 'text/plain' }],
      }),
      POST: withoutCredentials({
        ...posts(200, 'SenderCheck', 'Where the provider reports, signed as it does that.', { raw: true }),
        answers: [{ status: 200, type: 'text/plain' }],
      }),
    }),
    atRoot('/v1/x/conversations/{ConversationSid}/windows', {
      GET: fetches('Windows', 'Fetches who of the people outside chat can be written to now.'),
    }),
    atRoot('/v1/x/conversations/{ConversationSid}/messages/{Sid}/deliveries', {
      GET: fetches('MessageDeliveries', 'Fetches the life of a message: attempts, webhooks, receipts, readers.'),
    }),
  ],
};
