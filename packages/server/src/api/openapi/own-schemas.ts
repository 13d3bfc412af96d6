/** What answers look like that are not of the Conversations contract. */
import { deliveryStates } from '../../core/webhooks/log.ts';
import * as f from './fields.ts';

const time = (about: string) => f.date(about);

const phoneMessage: f.Fields = {
  id: f.integer('Counts up; for asking what is newer.', { min: 1 }),
  direction: f.choice(['in', 'out'], 'In: it arrived at the phone. Out: it was written there.'),
  from: f.text('Number of the sender.'),
  to: f.text('Number of the recipient.'),
  body: f.text('The text.'),
  media: f.many(
    f.whole(
      {
        sid: f.sid('ME'),
        category: f.choice(['media', 'body', 'history'], ''),
        filename: f.nullable(f.text('')),
        contentType: f.text(''),
        size: f.integer('Bytes.', { min: 0 }),
        url: f.uri('Where its bytes are, for some minutes and without credentials.'),
      },
      'Files.',
    ),
  ),
  status: f.text('In: the delivery status last reported. Out: what became of it.'),
  dateCreated: time('When it arrived or was written.'),
};

const mediaRecord: f.Fields = {
  sid: f.sid('ME'),
  service_sid: f.sid('IS'),
  date_created: f.date('When it was uploaded.'),
  date_upload_updated: f.date('When its last byte came.'),
  date_updated: f.date('When it was last changed.'),
  links: f.whole(
    {
      content: f.text('Where its bytes are.'),
      content_direct_temporary: f.nullable(f.text('The same, without credentials and for a short time.')),
    },
    '',
  ),
  size: f.integer('Bytes.', { min: 0 }),
  content_type: f.text(''),
  filename: f.nullable(f.text('')),
  author: f.text('Identity of who uploaded it; system for REST.'),
  category: f.choice(['media', 'body', 'history'], ''),
  message_sid: f.nullable(f.sid('IM', 'Null until a message has it.')),
  channel_sid: f.nullable(f.sid('CH', 'Null until a message has it.')),
  url: f.text('Of this resource.'),
  is_multipart_upstream: f.flag('Whether it came as a form.'),
};

const sender: f.Fields = {
  sid: f.sid('XE'),
  type: f.text('Of its channel.'),
  friendlyName: f.nullable(f.text('Name for people.')),
  addresses: f.many(f.text('Own address.')),
  config: f.anyObject('What it is configured with, without its secrets.'),
  secrets: f.many(f.text('A field of the configuration that is set, and never shown.')),
  source: f.nullable(f.text('Its name in the configuration file; null when it was made here.')),
  state: f.choice(['active', 'paused', 'refused'], 'Refused: by its provider.'),
  reason: f.nullable(f.text('Why it is not active.')),
  health: f.whole(
    { state: f.choice(['up', 'degraded', 'down'], ''), reason: f.nullable(f.text('Why it is not up.')) },
    'How its connection to the provider does.',
  ),
  capabilities: f.nullable(f.anyObject('What it can show; null while its channel is not at work.')),
  webhookUrl: f.uri('Where its provider reports to.'),
  dateCreated: time('When it was made.'),
  dateUpdated: time('When it was last changed.'),
};

const deliveryAttempt: f.Fields = {
  deliveryId: f.text('The delivery; sending again makes another one.'),
  attempt: f.integer('From 1; 0 when none was made.', { min: 0 }),
  piece: f.integer('Which message to the provider, from 0.', { min: 0 }),
  pieces: f.integer('Of how many.', { min: 1 }),
  channel: f.text('SID of the sender, or sandbox.'),
  outcome: f.choice(['accepted', 'rejected', 'unknown', 'failed'], ''),
  providerId: f.nullable(f.text('What the provider calls it.')),
  error: f.nullable(
    f.whole({ kind: f.text(''), code: f.nullable(f.text('')), message: f.nullable(f.text('')) }, 'What went wrong.'),
  ),
  changes: f.many(f.text('What the person did not get as it was written.')),
  repeated: f.integer('How often the same came again.', { min: 0 }),
  dateCreated: time('When.'),
  dateUpdated: time('When it last came.'),
};

const delivery: f.Fields = {
  id: f.text('For fetching it, and for sending it again.'),
  state: f.choice(deliveryStates, ''),
  event: f.text('Name of the event.'),
  eventId: f.text('The same for each target of an event.'),
  target: f.text('SID of the account, the service or the webhook that it goes to.'),
  serviceSid: f.sid('IS'),
  conversationSid: f.nullable(f.sid('CH', 'Null for events of users.')),
  method: f.choice(['GET', 'POST'], ''),
  url: f.text('Where it goes, without user and password.'),
  parameters: f.anyObject('What it says.'),
  attemptCount: f.integer('How often it was tried.', { min: 0 }),
  dateCreated: time('When the change was.'),
  dateUpdated: time('When it was last tried.'),
};

const attempt: f.Fields = {
  number: f.integer('From 1.', { min: 1 }),
  date: time('When it was.'),
  request: f.whole(
    {
      method: f.choice(['GET', 'POST'], ''),
      url: f.text(''),
      headers: f.anyObject(''),
      parameters: f.anyObject(''),
    },
    'What was sent.',
  ),
  answer: f.nullable(
    f.whole({ status: f.integer(''), body: f.nullable(f.text('How it begins.')) }, 'Null when there was none.'),
  ),
  error: f.nullable(f.text('Why there was no answer.')),
  durationMs: f.nullable(f.integer('Milliseconds; null when the server did not live to say.')),
};

const work: f.Fields = {
  attempts: f.integer('How often it was tried.', { min: 0 }),
  notBefore: time('When it is tried next.'),
  error: f.anything('What went wrong the last time; null when nothing did.'),
  dateCreated: time('When it was to be sent first.'),
  dateUpdated: time('When it was last tried.'),
};
const workHead: f.Fields = {
  id: f.text('For sending it again.'),
  state: f.choice(['dead', 'pending', 'waiting', 'sending'], ''),
};

const channelWork: f.Fields = {
  ...workHead,
  conversationSid: f.sid('CH'),
  messageSid: f.sid('IM'),
  from: f.text('Your own number.'),
  to: f.text('The person.'),
  body: f.nullable(f.text('The text.')),
  ...work,
};

const pushWork: f.Fields = {
  ...workHead,
  kind: f.text('What it tells of.'),
  chatServiceSid: f.sid('IS'),
  conversationSid: f.sid('CH'),
  messageSid: f.nullable(f.sid('IM')),
  bindingSids: f.nullable(f.many(f.sid('BS', 'Null: all that it concerns.'))),
  ...work,
};

export const ownSchemas = {
  WebhookDeliveryPage: {
    deliveries: f.many(f.whole(delivery, '')),
    next: f.nullable(f.text('For the parameter after; null on the last page.')),
  },
  WebhookDelivery: { ...delivery, attempts: f.many(f.whole(attempt, '')) },
  ChannelMetadata: { type: f.text('The channel.'), data: f.anyObject('What it told.') },
  Media: mediaRecord,
  MediaSetEntry: {
    code: f.integer('200, or 404 for one that is not there.'),
    media_record: f.anyObject('As for one alone; only its sid when it is not there.'),
  },
  MediaError: {
    code: f.integer('Tells what went wrong to a program.', { min: 20000 }),
    message: f.text('Tells it to a person.'),
    more_info: f.uri(''),
    status: f.integer('The HTTP status of the answer.', { min: 400 }),
    detail: f.text('What to do about it.'),
  },
  RichContent: {
    contentSid: f.sid('HX'),
    type: f.text('For example twilio/quick-reply.'),
    content: f.anyObject('As the template has it for that type, with the variables filled in.'),
  },
  ContentApproval: {
    name: f.text('Under which it was handed in.'),
    category: f.text('UTILITY, MARKETING or AUTHENTICATION.'),
    content_type: f.text('What it would show itself as.'),
    status: f.text('What became of it; this server hands nothing on.'),
    rejection_reason: f.text(''),
    allow_category_change: f.flag(''),
    send_ttl_seconds: f.nullable(f.integer('How long a message of it may be tried, in seconds.')),
  },
  ContentApprovals: {
    sid: f.sid('HX'),
    account_sid: f.sid('AC'),
    whatsapp: f.anyObject('The approval, with a type besides.'),
    url: f.uri('Absolute URL of this resource.'),
  },
  Content: {
    sid: f.sid('HX'),
    account_sid: f.sid('AC'),
    friendly_name: f.nullable(f.text('Name for people.')),
    language: f.text('Of its texts, for example en.'),
    variables: f.anyObject('What fills a place for which a message gives nothing.'),
    types: f.anyObject('What it is made of, by type.'),
    url: f.uri('Absolute URL of this resource.'),
    date_created: f.date('When it was created.'),
    date_updated: f.date('When it was last changed.'),
    links: f.links('approval_create', 'approval_fetch'),
  },
  Health: { status: f.choice(['ok', 'stopping'], 'Whether requests are taken.') },
  Readiness: {
    status: f.choice(['ready', 'not ready'], 'Whether it can do its work.'),
    problems: f.many(f.text('What keeps it from that, in a sentence.')),
    notes: f.many(f.text('What is not as it should be but keeps it from nothing, in a sentence.')),
  },
  PhoneMessages: { messages: f.many(f.whole(phoneMessage, '')) },
  WrittenMessage: {
    ...phoneMessage,
    conversationSid: f.nullable(f.sid('CH', 'Where it went.')),
    messageSid: f.nullable(f.sid('IM', 'What it became.')),
    reason: f.nullable(f.text('Why it went nowhere.')),
  },
  ReadMessages: { read: f.integer('How many were read by this.', { min: 0 }) },
  PhoneFaults: {
    faults: f.many(
      f.whole(
        {
          kind: f.text('What goes wrong.'),
          count: f.integer('With how many messages yet.', { min: 0 }),
          delayMs: f.integer('Milliseconds.', { min: 0 }),
          errorCode: f.integer('', { min: 0 }),
        },
        '',
      ),
    ),
  },
  Sender: sender,
  SenderCheck: {
    reason: f.nullable(f.text('Why it does not work.')),
    addresses: f.many(f.text('Own address that the provider says belongs to it.')),
    notes: f.many(f.text('What the provider says besides, for people.')),
    ok: f.flag('Whether it works.'),
  },
  SenderLink: {
    url: f.text('For one person: whoever opens it and writes joins the conversation.'),
  },
  SendersPage: {
    senders: f.many(f.whole(sender, '')),
    next: f.nullable(f.text('For the parameter after; null on the last page.')),
  },
  SenderTypes: {
    types: f.many(
      f.whole(
        {
          type: f.text('What a sender of it has as its type.'),
          title: f.text('Name for people.'),
          secrets: f.many(f.text('A field of the configuration that is never shown.')),
          config: f.anyObject('JSON Schema of the configuration.'),
        },
        '',
      ),
    ),
  },
  Windows: {
    windows: f.many(
      f.whole(
        {
          participantSid: f.sid('MB'),
          address: f.text('The person.'),
          proxyAddress: f.text('Your own address.'),
          lastReceived: f.nullable(time('When he last wrote to it.')),
          closes: f.nullable(time('Until when he can be written to without a template.')),
          refusal: f.nullable(f.integer('What a message to him would fail with now; null: nothing.')),
        },
        '',
      ),
    ),
  },
  MessageDeliveries: {
    messageSid: f.sid('IM'),
    index: f.integer('Of the message.', { min: 0 }),
    accepted: time('When it was stored.'),
    origin: f.nullable(
      f.whole(
        {
          channel: f.text('The channel.'),
          eventId: f.text('What the channel calls the report.'),
          providerId: f.nullable(f.text('What the provider calls the message.')),
          taken: time('When it was taken in.'),
        },
        'The report that brought it; null for what was written here.',
      ),
    ),
    webhooks: f.many(
      f.whole(
        {
          id: f.text('Of the webhook delivery.'),
          event: f.text('Name of the event.'),
          target: f.text('SID of the account, the service or the webhook.'),
          state: f.choice(deliveryStates, ''),
          attempts: f.many(
            f.whole(
              {
                number: f.integer('From 1.', { min: 1 }),
                status: f.nullable(f.integer('Of the answer.')),
                error: f.nullable(f.text('Why there was no answer.')),
                dateCreated: time('When.'),
              },
              '',
            ),
          ),
        },
        '',
      ),
    ),
    copies: f.many(
      f.whole(
        {
          receiptSid: f.sid('DY'),
          participantSid: f.sid('MB'),
          address: f.nullable(f.text('The person.')),
          proxyAddress: f.nullable(f.text('Your own address.')),
          channelMessageSid: f.nullable(f.text('What the receipt calls it.')),
          status: f.text('queued, sent, delivered, read, failed or undelivered.'),
          errorCode: f.integer('0 without an error.'),
          state: f.text('pending, waiting, sending or dead in the outbox; handed-over when the provider has it.'),
          nextAttempt: f.nullable(time('When it is tried next.')),
          attempts: f.many(f.whole(deliveryAttempt, '')),
        },
        '',
      ),
    ),
    readers: f.many(
      f.whole(
        {
          identity: f.nullable(f.text('Of the user.')),
          connections: f.integer(
            'How many of his connections at the server that is asked hear of the conversation now.',
            { min: 0 },
          ),
          read: f.flag('Whether his read horizon has reached it.'),
        },
        '',
      ),
    ),
  },
  OutboxPage: {
    outbox: f.many(f.either([f.whole(channelWork, ''), f.whole(pushWork, '')], 'To channels, or to devices.')),
    next: f.nullable(f.text('For the parameter after; null on the last page.')),
  },
  RetriedWork: { id: f.text('Of the new work.') },
  UnroutedPage: {
    unrouted: f.many(
      f.whole(
        {
          channel: f.text('What received it.'),
          eventId: f.text('What the channel calls it.'),
          from: f.text('The person.'),
          to: f.text('Your own number.'),
          body: f.text('The text.'),
          reason: f.nullable(f.text('Why it found no conversation.')),
          dateCreated: time('When it came.'),
        },
        '',
      ),
    ),
    next: f.nullable(f.text('For the parameter after; null on the last page.')),
  },
} as const satisfies Record<string, f.Fields>;
