import { faultKinds } from '../../../core/sandbox/actions.ts';
import { atRoot, fetches, posts, type ResourceDescription, removes } from '../describe.ts';
import { choice, integer, many, required, text } from '../fields.ts';

const base = '/v1/x/sandbox/phones/{Number}';

export const sandbox: ResourceDescription = {
  name: 'Virtual phones',
  about: 'What a phone of the sandbox shows, what is written on it, and what shall go wrong. An extension.',
  endpoints: [
    atRoot(`${base}/messages`, {
      GET: fetches('PhoneMessages', 'Fetches what the phone shows, or waits until it shows more.', {
        query: {
          after: integer('Only messages after the one with this id.', { min: 0 }),
          limit: integer('At most so many.', { min: 1, max: 1000 }),
          wait: integer('Seconds to wait for the first one.', { min: 0, max: 25 }),
        },
      }),
      POST: posts(201, 'WrittenMessage', 'Writes a message on the phone.', {
        json: {
          to: required(text('One of your own numbers of the sandbox.')),
          others: many(text('Makes it a group text: the other phones it goes to.')),
          body: text('The text; it may be left out beside files.', 'messageBodyBytes'),
          media: many(text('SIDs of uploaded files, at most 10.')),
          id: text('Writing with the same id again writes nothing.', 'idempotencyKey'),
        },
      }),
    }),
    atRoot(`${base}/read`, {
      POST: posts(200, 'ReadMessages', 'Reads what the phone shows, which SMS phones do not report.', {
        json: { upTo: required(integer('Id of the last message that is read.', { min: 0 })) },
      }),
    }),
    atRoot(`${base}/faults`, {
      GET: fetches('PhoneFaults', 'Fetches what shall go wrong.'),
      POST: posts(201, 'PhoneFaults', 'Adds something that shall go wrong.', {
        json: {
          kind: required(choice(faultKinds, 'What goes wrong.')),
          count: integer('With how many messages; 1 when left out.', { min: 1, max: 1000 }),
          delayMs: integer('Of a delay: milliseconds.', { min: 0, max: 86_400_000 }),
          errorCode: integer('What the receipt says.', { min: 10_000, max: 99_999 }),
        },
      }),
      DELETE: removes('Lets everything go well again.'),
    }),
  ],
};
