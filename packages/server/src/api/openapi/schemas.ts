/** What answers look like: members in the order in which they come (REST reference, section 4). */
import * as f from './fields.ts';
import {
  addedOrRemoved,
  autoCreation,
  conversationState,
  emailBindings,
  listedState,
  newMessage,
  outsideBinding,
  scopedConfiguration,
  timers,
  wholeBinding,
} from './nested.ts';
import { ownSchemas } from './own-schemas.ts';

const account = f.sid('AC');
const service = f.sid('IS');
const conversation = f.sid('CH');
const url = f.uri('Absolute URL of this resource.');
const created = f.date('When it was created.');
const updated = f.date('When it was last changed.');
const attributes = f.text('JSON text, as it was given.');
const dates = { date_created: created, date_updated: updated };

const conversationMembers = {
  account_sid: account,
  chat_service_sid: service,
  messaging_service_sid: f.nullable(f.sid('MG')),
  sid: conversation,
  friendly_name: f.nullable(f.text('Name for people.')),
  unique_name: f.nullable(f.text('Own key, unique in the service.')),
  attributes,
  state: f.choice(conversationState, 'Active, or what became of it.'),
  ...dates,
  timers,
};

const messageMembers = {
  sid: f.sid('IM'),
  index: f.integer('Position in the conversation, from 0.', { min: 0 }),
  author: f.nullable(f.text('Identity or address of who wrote it; system for REST.')),
  body: f.nullable(f.text('The text; null for media alone.')),
  media: f.nullable(
    f.many(
      f.object(
        {
          sid: f.required(f.sid('ME')),
          size: f.required(f.integer('Bytes.', { min: 0 })),
          content_type: f.required(f.text('')),
          filename: f.required(f.nullable(f.text(''))),
          category: f.choice(['media', 'body', 'history'], ''),
        },
        'Files.',
      ),
    ),
  ),
  attributes,
  participant_sid: f.nullable(f.sid('MB', 'The participant who wrote it; null for REST.')),
  ...dates,
};
const amount = f.required(f.choice(['none', 'some', 'all'], ''));
const delivery = f.nullable(
  f.object(
    {
      total: f.required(f.integer('Receipts.', { min: 0 })),
      sent: amount,
      delivered: amount,
      read: amount,
      failed: amount,
      undelivered: amount,
    },
    'How far it came with those outside chat; null when there are none.',
  ),
);
const messageLinks = f.links('delivery_receipts', 'channel_metadata');
const content = f.nullable(f.sid('HX'));

const receiptStatus = f.nullable(
  f.choice(['read', 'failed', 'delivered', 'undelivered', 'sent'], 'Null while it is queued.'),
);
const receiptMembers = {
  channel_message_sid: f.nullable(f.foreignSid('What the channel calls the message.')),
  participant_sid: f.sid('MB', 'Whom it is for.'),
  status: receiptStatus,
  error_code: f.integer('0 without an error.', { min: 0 }),
  ...dates,
  url,
};

const participantMembers = {
  conversation_sid: conversation,
  sid: f.sid('MB'),
  identity: f.nullable(f.text('Null outside chat.')),
  attributes,
  messaging_binding: f.nullable(outsideBinding),
  role_sid: f.nullable(f.sid('RL')),
  ...dates,
  url,
  last_read_message_index: f.nullable(f.integer('Up to where it was read.', { min: 0 })),
  last_read_timestamp: f.nullable(f.date('When it was read.')),
};

const scopedWebhookMembers = {
  conversation_sid: conversation,
  target: f.choice(['webhook', 'trigger', 'studio'], 'What is called.'),
  url,
  configuration: scopedConfiguration,
  ...dates,
};

const method = f.choice(['GET', 'POST'], 'How it is called.');
const hookUrl = (when: string) => f.nullable(f.text(`Called ${when}.`));
const filters = f.many(f.text('Names of events.'));

export const schemas = {
  Configuration: {
    account_sid: account,
    default_chat_service_sid: f.sid('IS', 'The service of the paths that name none.'),
    default_messaging_service_sid: f.sid('MG'),
    default_inactive_timer: f.nullable(f.text('ISO 8601 duration.')),
    default_closed_timer: f.nullable(f.text('ISO 8601 duration.')),
    url,
    links: f.links('service', 'webhooks'),
  },
  AddressConfiguration: {
    sid: f.sid('IG'),
    account_sid: account,
    type: f.text('The channel.'),
    address: f.text(''),
    friendly_name: f.nullable(f.text('Name for people.')),
    auto_creation: autoCreation,
    ...dates,
    url,
    address_country: f.nullable(f.text('ISO 3166-1 alpha-2.')),
  },
  AccountWebhook: {
    account_sid: account,
    method: f.nullable(method),
    filters: f.nullable(filters),
    pre_webhook_url: hookUrl('before a change'),
    post_webhook_url: hookUrl('after a change'),
    target: f.nullable(f.choice(['webhook', 'flex'], 'What is called.')),
    url,
  },
  ServiceWebhook: {
    account_sid: account,
    chat_service_sid: service,
    pre_webhook_url: f.nullable(f.uri('Called before a change.')),
    post_webhook_url: f.nullable(f.uri('Called after a change.')),
    filters: f.nullable(filters),
    method: f.nullable(method),
    url,
  },
  ConversationWebhook: { sid: f.sid('WH'), account_sid: account, ...scopedWebhookMembers },
  ServiceConversationWebhook: {
    sid: f.sid('WH'),
    account_sid: account,
    chat_service_sid: service,
    ...scopedWebhookMembers,
  },
  Conversation: {
    ...conversationMembers,
    url,
    links: f.links('participants', 'messages', 'webhooks', 'export'),
    bindings: emailBindings,
  },
  ConversationWithParticipants: {
    ...conversationMembers,
    links: f.links('participants', 'messages', 'webhooks'),
    bindings: emailBindings,
    url,
  },
  Message: {
    account_sid: account,
    conversation_sid: conversation,
    ...messageMembers,
    url,
    delivery,
    links: messageLinks,
    content_sid: content,
  },
  ServiceMessage: {
    account_sid: account,
    chat_service_sid: service,
    conversation_sid: conversation,
    ...messageMembers,
    delivery,
    url,
    links: messageLinks,
    content_sid: content,
  },
  DeliveryReceipt: {
    account_sid: account,
    conversation_sid: conversation,
    sid: f.sid('DY'),
    message_sid: f.sid('IM'),
    ...receiptMembers,
  },
  ServiceDeliveryReceipt: {
    account_sid: account,
    chat_service_sid: service,
    conversation_sid: conversation,
    message_sid: f.sid('IM'),
    sid: f.sid('DY'),
    ...receiptMembers,
  },
  Participant: { account_sid: account, ...participantMembers },
  ServiceParticipant: { account_sid: account, chat_service_sid: service, ...participantMembers },
  ParticipantConversation: {
    account_sid: account,
    chat_service_sid: service,
    participant_sid: f.sid('MB'),
    participant_user_sid: f.nullable(f.sid('US')),
    participant_identity: f.nullable(f.text('')),
    participant_messaging_binding: f.nullable(wholeBinding),
    conversation_sid: conversation,
    conversation_unique_name: f.nullable(f.text('')),
    conversation_friendly_name: f.nullable(f.text('')),
    conversation_attributes: attributes,
    conversation_date_created: created,
    conversation_date_updated: updated,
    conversation_created_by: f.text('Identity of who created it; system for REST.'),
    conversation_state: f.choice(listedState, ''),
    conversation_timers: timers,
    links: f.links('participant', 'conversation'),
  },
  UserConversation: {
    account_sid: account,
    chat_service_sid: service,
    conversation_sid: conversation,
    unread_messages_count: f.nullable(f.integer('Null until something was read.', { min: 0 })),
    last_read_message_index: f.nullable(f.integer('Up to where it was read.', { min: 0 })),
    participant_sid: f.sid('MB'),
    user_sid: f.sid('US'),
    friendly_name: f.nullable(f.text('Of the conversation.')),
    conversation_state: f.choice(listedState, ''),
    timers,
    attributes,
    ...dates,
    created_by: f.text('Identity of who created it; system for REST.'),
    notification_level: f.choice(['default', 'muted'], 'Whether the user is told of messages.'),
    unique_name: f.nullable(f.text('Of the conversation.')),
    url,
    links: f.links('participant', 'conversation'),
  },
  Role: {
    sid: f.sid('RL'),
    account_sid: account,
    chat_service_sid: service,
    friendly_name: f.text('Name for people.'),
    type: f.choice(['conversation', 'service'], 'What it is for: participants or users.'),
    permissions: f.many(f.text('Names of permissions.')),
    ...dates,
    url,
  },
  User: {
    sid: f.sid('US'),
    account_sid: account,
    chat_service_sid: service,
    role_sid: f.sid('RL'),
    identity: f.text('Who it is.'),
    friendly_name: f.nullable(f.text('Name for people.')),
    attributes,
    is_online: f.nullable(f.flag('Null in lists, and while reachability is off.')),
    is_notifiable: f.nullable(f.flag('Null in lists, and while reachability is off.')),
    ...dates,
    url,
    links: f.links('user_conversations'),
  },
  Service: {
    account_sid: account,
    sid: service,
    friendly_name: f.text('Name for people.'),
    ...dates,
    url,
    links: f.links(
      'conversations',
      'users',
      'roles',
      'bindings',
      'configuration',
      'participant_conversations',
      'conversation_with_participants',
    ),
  },
  ServiceConfiguration: {
    chat_service_sid: service,
    default_conversation_creator_role_sid: f.sid('RL', 'For who creates a conversation.'),
    default_conversation_role_sid: f.sid('RL', 'For who is added to one.'),
    default_chat_service_role_sid: f.sid('RL', 'For new users.'),
    url,
    links: f.links('notifications', 'webhooks'),
    reachability_enabled: f.flag('Whether users see who is there.'),
  },
  ServiceNotification: {
    account_sid: account,
    chat_service_sid: service,
    new_message: newMessage,
    added_to_conversation: addedOrRemoved('is added to a conversation'),
    removed_from_conversation: addedOrRemoved('is removed from a conversation'),
    log_enabled: f.flag('Whether what is sent is logged.'),
    url,
  },
  Credential: {
    sid: f.sid('CR'),
    account_sid: account,
    friendly_name: f.nullable(f.text('Name for people.')),
    type: f.choice(['apn', 'gcm', 'fcm'], 'The push service.'),
    sandbox: f.nullable(f.text('Text: True or False.')),
    ...dates,
    url,
  },
  Binding: {
    sid: f.sid('BS'),
    account_sid: account,
    chat_service_sid: service,
    credential_sid: f.nullable(f.sid('CR')),
    ...dates,
    endpoint: f.nullable(f.text('')),
    identity: f.text('Whose device it is.'),
    binding_type: f.choice(['apn', 'gcm', 'fcm', 'twilsock'], 'How the device is reached.'),
    message_types: f.many(f.text('What it is told of.')),
    url,
  },
  ...ownSchemas,
} as const satisfies Record<string, f.Fields>;

export type SchemaName = keyof typeof schemas;
