import {
  creates,
  fetches,
  lists,
  ofAccount,
  ofBoth,
  ofService,
  type ResourceDescription,
  removes,
  updates,
} from '../describe.ts';
import { choice, type Fields, integer, many, required, sid, text, uri } from '../fields.ts';

const filters = many(text('Names of events; they replace the former ones.'));

const configuration: Fields = {
  'Configuration.Url': text('Of webhook and trigger: what is called.'),
  'Configuration.Method': choice(['get', 'post'], 'Of webhook and trigger; post when left out.'),
  'Configuration.Filters': many(text('Of webhook: names of events after a change.')),
  'Configuration.Triggers': many(text('Of trigger: keywords.')),
  'Configuration.FlowSid': sid('FW', 'Of studio; it is kept, and nothing is called.'),
};

function ofTheAccount(what: string) {
  return {
    GET: fetches('AccountWebhook', `Fetches ${what}`),
    POST: updates('AccountWebhook', `Changes ${what}`, {
      Method: text('GET or POST.'),
      Filters: filters,
      PreWebhookUrl: text('Absolute URL that is asked before a change.'),
      PostWebhookUrl: text('Absolute URL that is told after a change.'),
      Target: choice(['webhook', 'flex'], 'What is called.'),
    }),
  };
}

export const webhooks: ResourceDescription = {
  name: 'Webhooks',
  about: 'What your program is told of: for all services, for one of them, or for a conversation besides.',
  endpoints: [
    ofAccount('/Configuration/Webhooks', ofTheAccount('the webhooks of the account.')),
    ofAccount('/Conversations/Webhooks', ofTheAccount('the webhooks of the account at their former address.')),
    ofService('/Configuration/Webhooks', {
      GET: fetches('ServiceWebhook', 'Fetches the webhooks of a service.'),
      POST: updates(
        'ServiceWebhook',
        'Changes the webhooks of a service, which are then told instead of the account’s.',
        {
          PreWebhookUrl: uri('Absolute URL that is asked before a change.'),
          PostWebhookUrl: uri('Absolute URL that is told after a change.'),
          Filters: filters,
          Method: text('GET or POST.'),
        },
      ),
    }),
    ofBoth('/Conversations/{ConversationSid}/Webhooks', {
      GET: lists('ConversationWebhook', 'webhooks', 5, 'Lists the webhooks of a conversation.'),
      POST: creates('ConversationWebhook', 'Adds a webhook to a conversation, at most 5.', {
        Target: required(choice(['webhook', 'trigger', 'studio'], 'What is called; it stays as it is.')),
        ...configuration,
        'Configuration.ReplayAfter': integer('Index of the message from which on it is told of older ones.'),
      }),
    }),
    ofBoth('/Conversations/{ConversationSid}/Webhooks/{Sid}', {
      GET: fetches('ConversationWebhook', 'Fetches a webhook of a conversation.'),
      POST: updates('ConversationWebhook', 'Changes a webhook of a conversation.', configuration),
      DELETE: removes('Removes a webhook from a conversation.'),
    }),
  ],
};
