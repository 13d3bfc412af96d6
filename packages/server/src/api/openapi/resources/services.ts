import {
  creates,
  fetches,
  lists,
  ofAccount,
  ofService,
  type ResourceDescription,
  removes,
  updates,
} from '../describe.ts';
import { flag, required, sid, text } from '../fields.ts';

export const services: ResourceDescription = {
  name: 'Services',
  about: 'A service keeps its conversations, users and roles apart from those of others.',
  endpoints: [
    ofAccount('/Services', {
      GET: lists('Service', 'services', 100, 'Lists the services.'),
      POST: creates('Service', 'Creates a service with its default roles.', {
        FriendlyName: required(text('Name for people.', 'friendlyName')),
      }),
    }),
    ofAccount('/Services/{Sid}', {
      GET: fetches('Service', 'Fetches a service.'),
      DELETE: removes('Removes a service with all that is in it.'),
    }),
    ofService('/Configuration', {
      GET: fetches('ServiceConfiguration', 'Fetches the configuration of a service.'),
      POST: updates('ServiceConfiguration', 'Changes the configuration of a service.', {
        DefaultConversationCreatorRoleSid: sid('RL', 'Of type conversation: for who creates a conversation.'),
        DefaultConversationRoleSid: sid('RL', 'Of type conversation: for who is added to one.'),
        DefaultChatServiceRoleSid: sid('RL', 'Of type service: for new users.'),
        ReachabilityEnabled: flag('Whether users see who is there.'),
      }),
    }),
  ],
};
