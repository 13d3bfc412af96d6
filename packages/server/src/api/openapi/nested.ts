/** Objects within the contract's resources (REST reference, section 5). */
import * as f from './fields.ts';

export const conversationState = ['initializing', 'active', 'inactive', 'closed'] as const;
/** Lists of a user's or an address's conversations know no `initializing`. */
export const listedState = ['inactive', 'active', 'closed'] as const;

export const timers = f.object(
  { date_inactive: f.date('When it becomes inactive.'), date_closed: f.date('When it is closed.') },
  'Only the timers that run.',
);

export const emailBindings = f.object(
  {
    email: f.object(
      {
        projected_address: f.required(f.nullable(f.text('Sender of outgoing e-mail.'))),
        name: f.required(f.nullable(f.text('Name of the sender.'))),
      },
      '',
    ),
  },
  'Empty, or how e-mail is sent.',
);

const channel = f.text('The channel, told from the prefix of the address: sms, whatsapp …');

export const outsideBinding = f.object(
  {
    type: f.required(channel),
    level: f.text('Of e-mail: to, from or cc.'),
    name: f.nullable(f.text('Of e-mail.')),
    address: f.text('The person.'),
    proxy_address: f.text('Your own number that faces the person.'),
    projected_address: f.text('Your own number that stands for the person in a group.'),
  },
  'How a participant outside chat is reached; only the members it has. Null for chat.',
);

const orNull = (about: string) => f.required(f.nullable(f.text(about)));
export const wholeBinding = f.object(
  {
    address: orNull('The person.'),
    proxy_address: orNull('Your own number that faces the person.'),
    type: f.required(channel),
    level: orNull('Of e-mail.'),
    name: orNull('Of e-mail.'),
    projected_address: orNull('Your own number that stands for the person in a group.'),
  },
  'As in a participant, but with every member.',
);

export const autoCreation = f.object(
  {
    enabled: f.required(f.flag('Whether messages to the address make conversations.')),
    type: f.nullable(f.choice(['webhook', 'studio', 'default'], 'What each of those gets.')),
    conversation_service_sid: f.nullable(f.sid('IS', 'Where they are made.')),
    webhook_url: f.nullable(f.text('Of type webhook.')),
    webhook_method: f.nullable(f.choice(['GET', 'POST'], 'Of type webhook.')),
    webhook_filters: f.nullable(f.many(f.text('Of type webhook: names of events.'))),
    studio_flow_sid: f.nullable(f.sid('FW', 'Of type studio.')),
    studio_retry_count: f.nullable(f.integer('Of type studio.', { min: 0 })),
  },
  'Only the members that its type has.',
);

export const scopedConfiguration = f.object(
  {
    url: f.text('Of webhook and trigger.'),
    method: f.text('Of webhook and trigger: get or post.'),
    filters: f.many(f.text('Of webhook: names of events.')),
    triggers: f.many(f.text('Of trigger: keywords.')),
    flow_sid: f.sid('FW', 'Of studio.'),
    replay_after: f.integer('Index of the message from which on it was told of older ones.', { min: 0 }),
  },
  'Only the members that its target has.',
);

const template = f.required(f.text('Text with variables.'));
const enabled = f.required(f.flag('Whether it is sent.'));
const sound = f.required(f.text('Name of the sound.'));

export const newMessage = f.object(
  {
    enabled,
    template,
    sound,
    badge_count_enabled: f.required(f.flag('Whether the number of unread conversations is sent along.')),
    with_media: f.required(f.object({ enabled, template }, 'For messages with files.')),
  },
  'What users are told of a new message.',
);

export function addedOrRemoved(when: string): f.Field {
  return f.object({ enabled, template, sound }, `What a user is told who ${when}.`);
}
