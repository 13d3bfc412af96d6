import { fetches, lists, ofService, type ResourceDescription, removes, updates } from '../describe.ts';
import { choice, flag, many, text } from '../fields.ts';

const enabled = flag('Whether it is sent.');
const template = text('Text with variables.');
const sound = text('Name of the sound.');

export const push: ResourceDescription = {
  name: 'Push notifications',
  about:
    'What devices are told of while their users are away, and which devices those are. Devices register by the SDK.',
  endpoints: [
    ofService('/Configuration/Notifications', {
      GET: fetches('ServiceNotification', 'Fetches what a service notifies of.'),
      POST: updates('ServiceNotification', 'Changes what a service notifies of.', {
        LogEnabled: flag('Whether what is sent is logged.'),
        'NewMessage.Enabled': enabled,
        'NewMessage.Template': template,
        'NewMessage.Sound': sound,
        'NewMessage.BadgeCountEnabled': flag('Whether the number of unread conversations is sent along.'),
        'AddedToConversation.Enabled': enabled,
        'AddedToConversation.Template': template,
        'AddedToConversation.Sound': sound,
        'RemovedFromConversation.Enabled': enabled,
        'RemovedFromConversation.Template': template,
        'RemovedFromConversation.Sound': sound,
        'NewMessage.WithMedia.Enabled': enabled,
        'NewMessage.WithMedia.Template': template,
      }),
    }),
    ofService('/Bindings', {
      GET: lists('Binding', 'bindings', 100, 'Lists the registered devices.', {
        BindingType: many(choice(['apn', 'gcm', 'fcm', 'twilsock'], 'Only those of these kinds.')),
        Identity: many(text('Only those of these users.')),
      }),
    }),
    ofService('/Bindings/{Sid}', {
      GET: fetches('Binding', 'Fetches a registered device.'),
      DELETE: removes('Forgets a device.'),
    }),
  ],
};
