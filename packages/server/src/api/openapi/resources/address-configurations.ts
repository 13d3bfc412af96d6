import { creates, fetches, lists, ofAccount, type ResourceDescription, removes, updates } from '../describe.ts';
import { choice, type Fields, flag, integer, many, required, sid, text } from '../fields.ts';

const autoCreation: Fields = {
  FriendlyName: text('Name for people.', 'friendlyName'),
  'AutoCreation.Enabled': flag('Whether a message from somebody unknown makes a conversation.'),
  'AutoCreation.Type': choice(['webhook', 'studio', 'default'], 'What such a conversation gets.'),
  'AutoCreation.ConversationServiceSid': sid('IS', 'Where it is made; the default service when left out.'),
  'AutoCreation.WebhookUrl': text('Of type webhook: what is called.'),
  'AutoCreation.WebhookMethod': choice(['get', 'post'], 'Of type webhook.'),
  'AutoCreation.WebhookFilters': many(text('Of type webhook: names of events after a change.')),
  'AutoCreation.StudioFlowSid': sid('FW', 'Of type studio; it is kept, and nothing is called.'),
  'AutoCreation.StudioRetryCount': integer('Of type studio; it is kept.'),
};

const channels = ['sms', 'whatsapp', 'messenger', 'gbm', 'email', 'rcs', 'apple', 'telegram', 'chat'];

export const addressConfigurations: ResourceDescription = {
  name: 'Address configurations',
  about: 'What happens to messages that come to one of your addresses from somebody who is in no open conversation.',
  endpoints: [
    ofAccount('/Configuration/Addresses', {
      GET: lists('AddressConfiguration', 'address_configurations', 50, 'Lists the configured addresses.', {
        Type: text('Only those of this channel.'),
      }),
      POST: creates('AddressConfiguration', 'Configures an address.', {
        Type: required(choice(channels, 'Channel of the address.')),
        Address: required(text('The address; each can be configured once.', 'address')),
        ...autoCreation,
        AddressCountry: text('Of a short code: its country, ISO 3166-1 alpha-2.'),
      }),
    }),
    ofAccount('/Configuration/Addresses/{Sid}', {
      GET: fetches('AddressConfiguration', 'Fetches the configuration of an address.'),
      POST: updates('AddressConfiguration', 'Changes the configuration of an address.', autoCreation),
      DELETE: removes('Removes the configuration of an address.'),
    }),
  ],
};
