import { fetches, ofAccount, type ResourceDescription, updates } from '../describe.ts';
import { sid, text } from '../fields.ts';

export const configuration: ResourceDescription = {
  name: 'Configuration',
  about: 'What holds for the whole account.',
  endpoints: [
    ofAccount('/Configuration', {
      GET: fetches('Configuration', 'Fetches the configuration of the account.'),
      POST: updates('Configuration', 'Changes the configuration of the account.', {
        DefaultChatServiceSid: sid('IS', 'The service of the paths that name none.'),
        DefaultMessagingServiceSid: sid('MG', 'Given to new conversations.'),
        DefaultInactiveTimer: text('Given to new conversations: an ISO 8601 duration from PT1M.'),
        DefaultClosedTimer: text('Given to new conversations: an ISO 8601 duration from PT10M.'),
      }),
    }),
  ],
};
